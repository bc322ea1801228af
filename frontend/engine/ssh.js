// Why: agents who own an RSA certificate are addressed as `ssh-rsa AAAA…` recipients (RSA-OAEP, SHA-256, age label).

import { b64raw, sha256, unb64, utf8 } from './bytes.js';
import { PliError } from './errors.js';

const LABEL = utf8('age-encryption.org/v1/ssh-rsa');
const bad = (why) => new PliError('destinataire', `La clé « ssh-rsa » n’est pas utilisable : ${why}. Demandez à son titulaire de la publier de nouveau.`);

function url(bytes) {
  return b64raw(bytes).replaceAll('+', '-').replaceAll('/', '_');
}

/** @returns {{e: Uint8Array, n: Uint8Array, blob: Uint8Array}} unsigned big-endian integers and the wire blob (RFC 4253 §6.6) */
export function parseSshRsa(recipient) {
  const fields = recipient.trim().split(/\s+/);
  if (fields[0] !== 'ssh-rsa' || fields.length < 2) throw bad('forme inconnue');
  let blob;
  try {
    blob = unb64(fields[1]);
  } catch (cause) {
    throw bad('base64 invalide');
  }
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const read = [];
  let at = 0;
  while (at + 4 <= blob.length) {
    const size = view.getUint32(at);
    if (at + 4 + size > blob.length) throw bad('longueur invalide');
    read.push(blob.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  if (at !== blob.length || read.length !== 3 || new TextDecoder().decode(read[0]) !== 'ssh-rsa') throw bad('contenu invalide');
  const unsigned = (b) => (b[0] === 0 ? b.subarray(1) : b);
  const [e, n] = [unsigned(read[1]), unsigned(read[2])];
  if (n.length < 256) throw bad(`module de ${n.length * 8} bits, il en faut au moins 2048`);
  return { e, n, blob };
}

/** @returns {Promise<{args, body}>} stanza of C2SP age-ssh */
export async function wrapSshRsa(recipient, fileKey) {
  const { e, n, blob } = parseSshRsa(recipient);
  const key = await crypto.subtle.importKey(
    'jwk', { kty: 'RSA', n: url(n), e: url(e), alg: 'RSA-OAEP-256', ext: true }, { name: 'RSA-OAEP', hash: 'SHA-256' }, false, ['encrypt'],
  );
  const body = new Uint8Array(await crypto.subtle.encrypt({ name: 'RSA-OAEP', label: LABEL }, key, fileKey));
  return { args: ['ssh-rsa', b64raw(sha256(blob).subarray(0, 4))], body };
}

/** `ssh-rsa AAAA…` without its comment. */
export const canonicalSshRsa = (recipient) => recipient.trim().split(/\s+/).slice(0, 2).join(' ');
