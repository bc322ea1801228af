// Why: a pli is given to one more holder after its deposit without a byte of it changing: an additional header, made with
// the same file key, names the pli's own header and wraps the key for the new recipient (docs/formats.md, 1.5).

import { b64raw, concat, equal, sha256, unb64raw, utf8 } from './bytes.js';
import { PliError } from './errors.js';
import { checkMac, CONTEXT_STANZA, encodeHeader, parseHeader } from './header.js';
import { wrapFileKey } from './keys.js';

export const RELAY_STANZA = 'megalis.bzh/relais';
const MAX_RELAY = 64 << 10;

const bad = (why) => new PliError('entete', `Ce relais n’est pas lisible (${why}). Demandez qu’il soit refait.`);
const headerDigest = (header) => sha256(concat(header.unmaced, utf8(` ${b64raw(header.mac)}\n`)));

/** @param {Uint8Array} bytes @returns {{header, stanza, original: Uint8Array}} */
export function parseRelay(bytes) {
  if (bytes.length > MAX_RELAY) throw bad('trop long');
  const header = parseHeader(bytes);
  if (header === null || header.length !== bytes.length) throw bad('coupé, ou suivi d’autres octets');
  const [stanza, link, context] = header.stanzas;
  if (header.stanzas.length !== 3 || link.args[0] !== RELAY_STANZA || context.args[0] !== CONTEXT_STANZA || ['scrypt', RELAY_STANZA, CONTEXT_STANZA].includes(stanza.args[0])) throw bad('ses lignes ne sont pas celles d’un relais');
  if (link.args.length !== 2 || link.body.length || context.args.length !== 2 || context.body.length) throw bad('ses lignes sont mal formées');
  let original;
  try {
    original = unb64raw(link.args[1]);
  } catch (cause) {
    throw bad('base64');
  }
  if (original.length !== 32) throw bad('empreinte');
  return { header, stanza, original };
}

async function keyOf(header, identities) {
  for (const identity of identities) {
    const fileKey = await identity.unwrap(header.stanzas);
    if (fileKey) return fileKey;
  }
  return null;
}

/**
 * Relay for `recipient` of a pli known by its header alone.
 * @param {Uint8Array} bytes the header, up to and with its final newline
 * @param {Uint8Array[]} relays by which the pli was given to one of the identities, if it was
 * @returns {Promise<Uint8Array>}
 */
export async function makeRelay(bytes, identities, recipient, relays = []) {
  const header = parseHeader(bytes);
  if (header === null || header.length !== bytes.length) throw bad('en-tête du pli incomplet');
  const context = header.stanzas.at(-1);
  if (context.args[0] !== CONTEXT_STANZA) throw new PliError('contexte', 'Ce pli n’est lié à aucune consultation : il ne se relaie pas.');
  const fileKey = (await keyOf(header, identities)) ?? (await unwrapRelays(header, relays, identities))?.fileKey;
  if (!fileKey) throw new PliError('destinataire', 'La clé présentée n’ouvre pas ce pli : elle ne peut pas le relayer.');
  checkMac(header, fileKey);
  const link = { args: [RELAY_STANZA, b64raw(headerDigest(header))], body: new Uint8Array() };
  return encodeHeader([await wrapFileKey(recipient, fileKey), link, context], fileKey);
}

/** @returns {Promise<{fileKey, identity}|null>} from the first relay of this pli that an identity opens */
export async function unwrapRelays(header, relays, identities) {
  const digest = headerDigest(header);
  const context = header.stanzas.at(-1);
  for (const bytes of relays) {
    const relay = parseRelay(bytes);
    const same = relay.header.stanzas[2].args.join(' ') === context.args.join(' ');
    if (!equal(relay.original, digest) || !same) continue;
    for (const identity of identities) {
      const fileKey = await identity.unwrap([relay.stanza]);
      if (!fileKey) continue;
      checkMac(relay.header, fileKey);
      return { fileKey, identity };
    }
  }
  return null;
}
