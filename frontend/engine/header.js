// Why: textual header of an age v1 file (C2SP age.md): read as strictly as the specification says, written the same way.

import { hkdf } from '@noble/hashes/hkdf.js';
import { hmac } from '@noble/hashes/hmac.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { b64raw, concat, equal, unb64raw, utf8 } from './bytes.js';
import { PliError } from './errors.js';

const VERSION = 'age-encryption.org/v1';
/** Bytes; a header holds tens of recipients at most, a longer one is an attack on memory. */
export const MAX_HEADER = 1 << 20;
export const CONTEXT_STANZA = 'megalis.bzh/context';

const bad = (why) => new PliError('entete', `L’en-tête du fichier scellé n’est pas lisible (${why}). Le fichier est abîmé ou n’est pas un pli.`);

function unmac(stanzas) {
  const lines = [`${VERSION}\n`];
  for (const { args, body } of stanzas) {
    lines.push(`-> ${args.join(' ')}\n`);
    for (let i = 0; i <= body.length; i += 48) lines.push(`${b64raw(body.subarray(i, i + 48))}\n`);
  }
  lines.push('---');
  return utf8(lines.join(''));
}

const macOf = (fileKey, bytes) => hmac(sha256, hkdf(sha256, fileKey, undefined, utf8('header'), 32), bytes);

/** @param {{args: string[], body: Uint8Array}[]} stanzas @returns {Uint8Array} header up to and with its final newline */
export function encodeHeader(stanzas, fileKey) {
  const head = unmac(stanzas);
  return concat(head, utf8(` ${b64raw(macOf(fileKey, head))}\n`));
}

/**
 * @param {Uint8Array} bytes start of the file
 * @returns {{stanzas, mac, unmaced, length}|null} null when more bytes are needed
 */
export function parseHeader(bytes) {
  let at = 0;
  const line = () => {
    const end = bytes.indexOf(10, at);
    if (end < 0) {
      if (bytes.length > MAX_HEADER) throw bad('trop long');
      return null;
    }
    let s = '';
    for (let i = at; i < end; i++) {
      if (bytes[i] < 0x20 || bytes[i] > 0x7e) throw bad('caractère interdit');
      s += String.fromCharCode(bytes[i]);
    }
    at = end + 1;
    return s;
  };
  const raw = (s) => {
    try {
      return unb64raw(s);
    } catch (cause) {
      throw bad('base64');
    }
  };
  const first = bytes.subarray(0, VERSION.length + 1);
  const expected = utf8(`${VERSION}\n`);
  for (let i = 0; i < first.length; i++) if (first[i] !== expected[i]) throw bad('version');
  if (line() === null) return null;
  const stanzas = [];
  for (;;) {
    const start = at;
    const head = line();
    if (head === null) return null;
    if (head.startsWith('--- ')) {
      const mac = raw(head.slice(4));
      if (mac.length !== 32) throw bad('code d’authenticité');
      if (!stanzas.length) throw bad('sans destinataire');
      return { stanzas, mac, unmaced: bytes.slice(0, start + 3), length: at };
    }
    const args = head.split(' ');
    if (args.shift() !== '->' || !args.length || args.some((a) => !a)) throw bad('destinataire');
    const parts = [];
    for (;;) {
      const body = line();
      if (body === null) return null;
      if (body.length > 64) throw bad('ligne trop longue');
      parts.push(raw(body));
      if (body.length < 64) break;
    }
    stanzas.push({ args, body: concat(...parts) });
  }
}

/** Throws `mac` unless the header was written by someone who knows the file key. */
export function checkMac(header, fileKey) {
  if (!equal(header.mac, macOf(fileKey, header.unmaced))) {
    throw new PliError('mac', 'L’en-tête du pli a été modifié après le scellement : il ne correspond plus à sa clé.');
  }
}

export const payloadKey = (fileKey, nonce) => hkdf(sha256, fileKey, nonce, utf8('payload'), 32);
