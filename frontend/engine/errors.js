// Why: every refusal carries a stable machine code beside the French sentence people read.

export class PliError extends Error {
  /**
   * @param {string} code stable: entete | mac | flux | tronque | contexte | destinataire | archive | manifeste | empreinte | cle | phrase | moteur
   * @param {string} message French: value, rule, remedy
   */
  constructor(code, message, options) {
    super(message, options);
    this.name = 'PliError';
    this.code = code;
  }
}
