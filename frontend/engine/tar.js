// Why: the plaintext of a pli is a pax tar any `tar` reads; this writes its headers and reads it back defensively:
// regular files only, no absolute path, no `..`, sizes bounded by what was announced.

import { concat, text, utf8 } from './bytes.js';
import { PliError } from './errors.js';

export const BLOCK = 512;
export const END = 2 * BLOCK;
const MAX_PAX = 65536;
const OCTAL_LIMIT = 8 ** 11;

const bad = (why) => new PliError('archive', `L’archive contenue dans le pli est refusée : ${why}.`);
export const padded = (size) => Math.ceil(size / BLOCK) * BLOCK;

function octal(value, width) {
  return utf8(`${value.toString(8).padStart(width - 1, '0')}\0`);
}

function block(name, size, type) {
  const h = new Uint8Array(BLOCK);
  h.set(name.subarray(0, 100), 0);
  h.set(octal(0o644, 8), 100);
  h.set(octal(0, 8), 108);
  h.set(octal(0, 8), 116);
  h.set(octal(size < OCTAL_LIMIT ? size : 0, 12), 124);
  h.set(octal(0, 12), 136);
  h.set(utf8('        '), 148);
  h[156] = type.charCodeAt(0);
  h.set(utf8('ustar\x0000'), 257);
  const sum = h.reduce((a, b) => a + b, 0);
  h.set(utf8(`${sum.toString(8).padStart(6, '0')}\0 `), 148);
  return h;
}

function record(key, value) {
  const body = utf8(` ${key}=${value}\n`);
  let size = body.length;
  while (String(size).length + body.length !== size) size = String(size).length + body.length;
  return concat(utf8(String(size)), body);
}

/** Header of one regular file, with a pax record only where ustar cannot say it (POSIX.1-2001 pax). */
export function tarHeader(name, size) {
  const raw = utf8(name);
  const ascii = raw.length === name.length && !/[\x00-\x1f\x7f]/.test(name);
  const records = [];
  if (!ascii || raw.length > 100) records.push(record('path', name));
  if (size >= OCTAL_LIMIT) records.push(record('size', size));
  const plain = ascii ? raw : utf8(name.replace(/[^\x20-\x7e]/gu, '?'));
  if (!records.length) return block(raw, size, '0');
  const pax = concat(...records);
  return concat(block(utf8('././@PaxHeader'), pax.length, 'x'), pax, new Uint8Array(padded(pax.length) - pax.length), block(plain, size, '0'));
}

/** Padmé (PURBs, 2019): at most 12 % more, hides the size within its class. */
export function padme(length) {
  if (length < 2) return length;
  const bits = (n) => BigInt(n).toString(2).length;
  const e = bits(length) - 1;
  const s = bits(e);
  const step = 2 ** (e - s);
  return Math.ceil(length / step) * step;
}

/** Length of the whole plaintext for a tar of `length` bytes (end-of-archive included). */
export const paddedLength = (length) => padded(padme(length));

function number(field) {
  const s = new TextDecoder('latin1').decode(field).replace(/[\0 ]+$/, '').trimStart();
  if (!/^[0-7]*$/.test(s)) throw bad('taille illisible');
  return s ? parseInt(s, 8) : 0;
}

function string(field) {
  const end = field.indexOf(0);
  try {
    return text(end < 0 ? field : field.subarray(0, end));
  } catch (cause) {
    throw bad('nom illisible');
  }
}

function paxRecords(bytes) {
  const out = {};
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(32, at);
    const size = Number(new TextDecoder('latin1').decode(bytes.subarray(at, space < 0 ? at : space)));
    if (space < 0 || !Number.isSafeInteger(size) || size < 5 || at + size > bytes.length || bytes[at + size - 1] !== 10) throw bad('en-tête étendu');
    let pair;
    try {
      pair = text(bytes.subarray(space + 1, at + size - 1));
    } catch (cause) {
      throw bad('nom illisible');
    }
    const eq = pair.indexOf('=');
    if (eq < 1) throw bad('en-tête étendu');
    out[pair.slice(0, eq)] = pair.slice(eq + 1);
    at += size;
  }
  return out;
}

/** Refuse whatever could leave its folder or surprise a file system. */
export function checkMemberName(name) {
  if (!name || name.length > 1024 || name.startsWith('/') || name.includes('\\') || /[\x00-\x1f\x7f]/.test(name)
    || name.split('/').some((p) => !p || p === '.' || p === '..')) throw bad(`nom « ${name.slice(0, 80)} »`);
  return name;
}

/**
 * Pull parser.
 * @param {AsyncIterable<Uint8Array>} source plaintext
 * @returns {AsyncGenerator<{name: string, size: number, data: AsyncGenerator<Uint8Array>}>} consume `data` before asking for the next
 */
export async function* readTar(source) {
  const iterator = source[Symbol.asyncIterator]();
  let head = new Uint8Array();
  const more = async () => {
    const { value, done } = await iterator.next();
    if (done) return false;
    head = head.length ? concat(head, value) : value;
    return true;
  };
  const exactly = async (n) => {
    while (head.length < n) if (!(await more())) throw bad('elle s’arrête trop tôt');
    const out = head.subarray(0, n);
    head = head.subarray(n);
    return out;
  };
  let extra = {};
  for (;;) {
    const h = await exactly(BLOCK);
    if (h.every((b) => b === 0)) break;
    const sum = h.reduce((a, b, i) => a + (i >= 148 && i < 156 ? 32 : b), 0);
    if (sum !== number(h.subarray(148, 156))) throw bad('somme de contrôle');
    const type = h[156];
    let size = number(h.subarray(124, 136));
    if (type === 0x78) {
      if (size > MAX_PAX) throw bad('en-tête étendu trop long');
      extra = paxRecords((await exactly(padded(size))).subarray(0, size));
      continue;
    }
    if (type !== 0x30 && type !== 0) throw bad('seuls des fichiers simples y sont admis');
    const prefix = string(h.subarray(257, 263)).startsWith('ustar') ? string(h.subarray(345, 500)) : '';
    const base = string(h.subarray(0, 100));
    const name = checkMemberName(extra.path ?? (prefix ? `${prefix}/${base}` : base));
    if (extra.size !== undefined) {
      size = Number(extra.size);
      if (!/^[0-9]+$/.test(extra.size) || !Number.isSafeInteger(size)) throw bad('taille illisible');
    }
    extra = {};
    let left = size;
    const data = (async function* data() {
      while (left > 0) {
        if (!head.length && !(await more())) throw bad('elle s’arrête trop tôt');
        const piece = head.subarray(0, left);
        head = head.subarray(piece.length);
        left -= piece.length;
        if (piece.length) yield piece;
      }
    })();
    yield { name, size, data };
    for await (const skipped of data) void skipped;
    await exactly(padded(size) - size);
  }
  if (!(await exactly(BLOCK)).every((b) => b === 0)) throw bad('fin d’archive');
  do {
    if (!head.every((b) => b === 0)) throw bad('des octets suivent la fin d’archive');
    head = new Uint8Array();
  } while (await more());
}
