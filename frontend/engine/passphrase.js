// Why: a key file can be copied and attacked offline, so a passphrase must be long and not banal.

/** Characters. */
export const MIN = 12;

/** @returns {string|null} why a passphrase is refused */
export function weakness(phrase, again) {
  if (phrase.length < MIN) return `La phrase secrète a ${phrase.length} caractère${phrase.length > 1 ? 's' : ''}, il en faut au moins ${MIN} : quatre ou cinq mots sans rapport font une bonne phrase.`;
  if (new Set(phrase.toLowerCase()).size < 6) return 'La phrase secrète répète trop les mêmes caractères : choisissez quatre ou cinq mots sans rapport.';
  if (/^(?:0123|1234|abcd|azer|qwer|motdepasse|password)/i.test(phrase)) return 'Cette phrase secrète est parmi les premières qu’on essaierait : choisissez quatre ou cinq mots sans rapport.';
  if (phrase !== again) return 'Les deux saisies de la phrase secrète diffèrent : tapez-la de nouveau.';
  return null;
}
