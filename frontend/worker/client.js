// Why: the Deposit HTTP API with patience: a cut is waited out with growing pauses, said aloud, and every request can
// be repeated without harm. A refusal that only a person can settle is raised as DepotError with the server's words.

export class DepotError extends Error {
  /** @param {string} code machine code @param {string} message what happened @param {string} remedy what is safe and what to do */
  constructor(code, message, remedy, extra = {}) {
    super(message);
    this.name = 'DepotError';
    this.code = code;
    this.remedy = remedy;
    Object.assign(this, extra);
  }
}

const PAUSES = [1000, 2000, 4000, 8000, 15000, 30000];
const SAFE = 'Ce qui est déjà reçu est gardé, vos fichiers sont intacts sur votre poste.';

export class Client {
  /**
   * @param {{base: string, token: string, send, report, sleep?}} options report(event) gets {etat: 'coupure', attente} and {etat: 'repris'}
   */
  constructor({ base, token, send, report = () => {}, sleep }) {
    this.base = base.replace(/\/$/, '');
    this.token = token;
    this.send = send;
    this.report = report;
    this.sleep = sleep ?? ((ms, signal) => new Promise((resolve, reject) => {
      const done = () => {
        clearTimeout(timer);
        globalThis.removeEventListener?.('online', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      globalThis.addEventListener?.('online', done);
      signal?.addEventListener('abort', () => {
        clearTimeout(timer);
        reject(new DOMException('aborted', 'AbortError'));
      }, { once: true });
    }));
  }

  async refreshToken() {
    const { status, body } = await this.send({ method: 'GET', url: `${this.base}/@@depot-parametres` });
    if (status === 200 && body?.authenticator && body.authenticator !== this.token) {
      this.token = body.authenticator;
      return true;
    }
    return false;
  }

  /** Repeat until an answer that means something comes. */
  async call(method, path, { body, headers = {}, progress, signal, accept = [] } = {}) {
    let cut = false;
    let renewed = false;
    for (let attempt = 0; ; attempt++) {
      signal?.throwIfAborted();
      const request = { method, url: `${this.base}/${path}`, headers: { ...headers }, body, progress, signal };
      if (method !== 'GET') request.headers['X-CSRF-TOKEN'] = this.token;
      const answer = await this.send(request);
      const { status } = answer;
      const json = answer.body;
      const login = answer.redirected || (status === 200 && json === null);
      if (((status >= 200 && status < 300) || accept.includes(status)) && !login) {
        if (cut) this.report({ etat: 'repris', quand: Date.now() });
        return { status, body: json };
      }
      if (status === 401 || login) throw new DepotError('session', 'Votre session est terminée.', `${SAFE} Reconnectez-vous dans un autre onglet, puis revenez ici et choisissez « Reprendre ».`);
      if (status === 403 && !renewed) {
        renewed = true;
        if (await this.refreshToken()) continue;
      }
      if (status === 0 || status === 408 || status === 429 || status >= 500) {
        const wait = PAUSES[Math.min(attempt, PAUSES.length - 1)];
        cut = true;
        this.report({ etat: 'coupure', statut: status, essai: attempt + 1, attente: wait, quand: Date.now() });
        await this.sleep(wait, signal);
        continue;
      }
      const remedies = {
        quota: 'Retirez ou allégez des pièces, puis déposez de nouveau.',
        empreinte: 'Rechargez la page et reprenez : si cela se répète, déposez depuis un terminal ou joignez l’assistance.',
      };
      throw new DepotError(json?.code ?? `http-${status}`, json?.message ?? `La plateforme a refusé la demande (réponse ${status}).`, remedies[json?.code] ?? `${SAFE} Corrigez ce point, puis choisissez « Reprendre ».`, { status, body: json });
    }
  }
}
