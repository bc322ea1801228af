// Why: whole small age files: challenges of key drills, wrapped key files, and any age file in tests.

import { armor, dearmor, isArmored } from './armor.js';
import { concat, randomBytes, text, unb64, utf8 } from './bytes.js';
import { makeCipher } from './cipher.js';
import { PliError } from './errors.js';
import { encodeHeader, payloadKey } from './header.js';
import { parseIdentities, passphraseIdentity, wrapFileKey, wrapPassphrase } from './keys.js';
import { isShares, readShares } from './shares.js';
import { openAge, sealChunks } from './stream.js';

async function seal(plain, stanzas, fileKey, engine) {
  const nonce = randomBytes(16);
  const cipher = await makeCipher(payloadKey(fileKey, nonce), engine);
  const sealed = await sealChunks(cipher, plain, 0, true);
  cipher.free?.();
  return concat(encodeHeader(stanzas, fileKey), nonce, sealed);
}

/** Seal bytes held in memory to recipients. */
export async function encrypt(plain, recipients, { engine } = {}) {
  const fileKey = randomBytes(16);
  return seal(plain, await Promise.all(recipients.map((r) => wrapFileKey(r, fileKey))), fileKey, engine);
}

/** Seal bytes to a passphrase, as `age -p` does. */
export async function encryptPassphrase(plain, passphrase, logN = 18) {
  const fileKey = randomBytes(16);
  return seal(plain, [await wrapPassphrase(passphrase, fileKey, logN)], fileKey);
}

/** Open a small age file, armored or not, wholly in memory. */
export async function decrypt(bytes, identities, options) {
  const raw = isArmored(bytes) ? dearmor(bytes) : bytes;
  const { body } = await openAge([raw], identities, options);
  const out = [];
  for await (const piece of body) out.push(piece);
  return concat(...out);
}

/** Key file of one identity wrapped by a passphrase: armored age file around the usual identity text. */
export async function wrapKeyFile(identity, passphrase, { logN = 18, comment = '' } = {}) {
  const lines = [...comment.split('\n').filter(Boolean).map((l) => `# ${l}`), `# public key: ${identity.recipient}`, identity.text];
  return armor(await encryptPassphrase(utf8(`${lines.join('\n')}\n`), passphrase, logN));
}

/**
 * The same key as short as it can be, for a code on paper: the secret line alone, wrapped by the passphrase.
 * @returns {Promise<string>} armored age file of about 430 characters
 */
export async function wrapKeySheet(identity, passphrase, { logN = 18 } = {}) {
  return text(armor(await encryptPassphrase(utf8(`${identity.text}\n`), passphrase, logN)));
}

/** Read a key typed, pasted or scanned: a secret line, or a wrapped key whose line breaks may be lost. */
export async function readKeyText(typed, passphrase) {
  if (isShares(typed)) return [readShares(typed)];
  const wrapped = /-----BEGIN AGE ENCRYPTED FILE-----([A-Za-z0-9+/=\s]*)-----END AGE ENCRYPTED FILE-----/.exec(typed);
  if (!wrapped) return parseIdentities(typed);
  let bytes;
  try {
    bytes = unb64(wrapped[1].replace(/\s+/g, ''));
  } catch (cause) {
    throw new PliError('cle', 'Le texte de la feuille est incomplet ou mal recopié. Lisez le code de nouveau.');
  }
  return readKeyFile(bytes, passphrase);
}

const CHALLENGE = 32;
/** Bytes; a sealed challenge is a header and 32 bytes. */
const MAX_CHALLENGE = 64 << 10;

/** Answer of a drill. Anything but 32 bytes is refused, so that nobody gets a bid opened by calling it a drill. */
export async function openChallenge(bytes, identities) {
  const wrong = () => new PliError('defi', 'Ce que la plateforme demande d’ouvrir n’est pas un exercice de clé. Rien n’a été envoyé : prévenez l’assistance.');
  if (bytes.length > MAX_CHALLENGE) throw wrong();
  const secret = await decrypt(bytes, identities);
  if (secret.length !== CHALLENGE) throw wrong();
  return secret;
}

/** True when the key file needs a passphrase. */
export const isWrapped = (bytes) => isArmored(bytes) || new TextDecoder('latin1').decode(bytes.subarray(0, 22)) === 'age-encryption.org/v1\n';

/**
 * Read a key file, plain or wrapped.
 * @returns {Promise<object[]>} identities
 */
export async function readKeyFile(bytes, passphrase) {
  if (bytes.length > 1 << 20) throw new PliError('cle', 'Ce fichier est trop gros pour un fichier de clé (1 Mo au plus). Choisissez le fichier « cle-….age ».');
  if (!isWrapped(bytes)) {
    try {
      return parseIdentities(text(bytes));
    } catch (cause) {
      throw cause instanceof PliError ? cause : new PliError('cle', 'Ce fichier n’est pas un fichier de clé. Choisissez le fichier « cle-….age ».');
    }
  }
  let plain;
  try {
    plain = await decrypt(bytes, [passphraseIdentity(passphrase)]);
  } catch (cause) {
    if (cause instanceof PliError && (cause.code === 'destinataire' || cause.code === 'mac')) {
      throw new PliError('phrase', 'Cette phrase secrète n’ouvre pas le fichier de clé. Vérifiez les majuscules et la disposition du clavier.', { cause });
    }
    throw cause;
  }
  return parseIdentities(text(plain));
}
