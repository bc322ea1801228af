// Why: byte helpers shared by the engine, without any DOM and identical in Node and browsers.

import { base64, base64nopad } from '@scure/base';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';

const encoder = new TextEncoder();
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

export const utf8 = (text) => encoder.encode(text);
/** Strict UTF-8; throws TypeError on malformed input. */
export const text = (bytes) => decoder.decode(bytes);
export const b64 = (bytes) => base64.encode(bytes);
export const unb64 = (s) => base64.decode(s);
export const b64raw = (bytes) => base64nopad.encode(bytes);
export const unb64raw = (s) => base64nopad.decode(s);
export const sha256 = (bytes) => nobleSha256(bytes);
export const randomBytes = (n) => crypto.getRandomValues(new Uint8Array(n));

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

export function hex(bytes) {
  let out = '';
  for (const b of bytes) out += HEX[b];
  return out;
}

export function unhex(s) {
  if (typeof s !== 'string' || s.length % 2 || !/^[0-9a-f]*$/i.test(s)) throw new TypeError(`not hexadecimal: ${s}`);
  const out = new Uint8Array(s.length / 2);
  for (let i = 0; i < out.length; i++) out[i] = parseInt(s.slice(2 * i, 2 * i + 2), 16);
  return out;
}

export function concat(...arrays) {
  let length = 0;
  for (const a of arrays) length += a.length;
  const out = new Uint8Array(length);
  let at = 0;
  for (const a of arrays) {
    out.set(a, at);
    at += a.length;
  }
  return out;
}

/** Equality whose time does not depend on where the first difference stands. */
export function equal(a, b) {
  if (a.length !== b.length) return false;
  let diff = 0;
  for (let i = 0; i < a.length; i++) diff |= a[i] ^ b[i];
  return diff === 0;
}

/** SHA-256 by WebCrypto (a whole buffer at once, off the main thread in browsers). */
export async function digest(bytes) {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

export function uuid() {
  const b = randomBytes(16);
  b[6] = (b[6] & 0x0f) | 0x40;
  b[8] = (b[8] & 0x3f) | 0x80;
  return hex(b);
}
