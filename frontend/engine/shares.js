// Why: the key of the safe can be kept by several people: n printed sheets, any m of which give it back (docs/formats.md,
// « Feuilles de partage »). The same checks and refusals as megalis.portal.sealing.shares.

import { bech32 } from '@scure/base';
import { concat, equal, randomBytes, unhex } from './bytes.js';
import { PliError } from './errors.js';
import { parseIdentity } from './keys.js';

const PREFIX = 'megalis-part-';
const KINDS = { 1: 'age-secret-key-pq-', 2: 'age-secret-key-' };
export const MAX_SHARES = 16;
const SIZE = 49;

const bad = (why) => new PliError('feuilles', why);

const EXP = new Uint8Array(510);
const LOG = new Uint8Array(256);
for (let power = 0, value = 1; power < 255; power++) {
  EXP[power] = value;
  EXP[power + 255] = value;
  LOG[value] = power;
  value ^= value << 1; // times 3, a generator modulo x^8 + x^4 + x^3 + x + 1
  if (value & 0x100) value ^= 0x11b;
}

const times = (a, b) => (a && b ? EXP[LOG[a] + LOG[b]] : 0);
const over = (a, b) => (a ? EXP[LOG[a] + 255 - LOG[b]] : 0);

/** @param {Map<number, Uint8Array>} points @returns {Uint8Array} the polynomials' values at x */
export function interpolate(points, x = 0) {
  const out = new Uint8Array([...points.values()][0].length);
  for (const [number, value] of points) {
    let weight = 1;
    for (const other of points.keys()) if (other !== number) weight = times(weight, over(other ^ x, other ^ number));
    for (let i = 0; i < out.length; i++) out[i] ^= times(value[i], weight);
  }
  return out;
}

/** @returns {{number, needed, count, text}[]} */
export function split(identity, needed, count) {
  if (!(needed >= 2 && needed <= count && count <= MAX_SHARES)) throw bad(`${needed} feuilles sur ${count} : il en faut au moins 2 pour ouvrir, et ${MAX_SHARES} au plus en tout.`);
  const decoded = bech32.decode(identity.text.toLowerCase(), false);
  const kind = Object.keys(KINDS).find((k) => KINDS[k] === decoded.prefix);
  const secret = new Uint8Array(bech32.fromWords(decoded.words));
  const rows = [secret, ...Array.from({ length: needed - 1 }, () => randomBytes(32))];
  const set = randomBytes(4);
  const mark = unhex(identity.fingerprint).subarray(0, 8);
  return Array.from({ length: count }, (_, i) => {
    const number = i + 1;
    const value = new Uint8Array(32);
    for (let at = 0; at < 32; at++) for (let r = rows.length - 1; r >= 0; r--) value[at] = times(value[at], number) ^ rows[r][at];
    const bytes = concat(new Uint8Array([1, Number(kind), needed, count, number]), set, mark, value);
    return { number, needed, count, text: bech32.encode(PREFIX, bech32.toWords(bytes), false).toUpperCase() };
  });
}

export function parseShare(text) {
  let data;
  let prefix;
  try {
    const decoded = bech32.decode(text.replace(/\s+/g, '').toLowerCase(), false);
    prefix = decoded.prefix;
    data = new Uint8Array(bech32.fromWords(decoded.words));
  } catch (cause) {
    throw bad('Une feuille est mal recopiée : sa somme de contrôle est fausse, relisez-la caractère par caractère.');
  }
  if (prefix !== PREFIX || data.length !== SIZE || data[0] !== 1) throw bad('Ce texte n’est pas celui d’une feuille de partage (MEGALIS-PART-1…).');
  const [, kind, needed, count, number] = data;
  if (!KINDS[kind] || !(needed >= 2 && needed <= count && count <= MAX_SHARES && number >= 1 && number <= count)) throw bad('Feuille de partage d’une forme inconnue.');
  return { kind, needed, count, number, set: data.slice(5, 9), mark: data.slice(9, 17), value: data.slice(17) };
}

export const isShares = (text) => /MEGALIS-PART-1/i.test(text.replace(/\s+/g, ''));

/** The sheets of a text, each perhaps cut by blanks. */
export function shareLines(text) {
  return text.replace(/\s+/g, '').toUpperCase().split(/(?=MEGALIS-PART-1)/).map((s) => /^MEGALIS-PART-1[0-9A-Z]{0,85}/.exec(s)?.[0]).filter(Boolean);
}

const same = (shares, field) => shares.every((s) => (s[field] instanceof Uint8Array ? equal(s[field], shares[0][field]) : s[field] === shares[0][field]));

/** @returns {object} identity */
export function combine(shares) {
  if (!shares.length) throw bad('Aucune feuille : donnez-en autant qu’il en faut.');
  const first = shares[0];
  if (!same(shares, 'mark')) throw bad('Ces feuilles sont celles de clés différentes : comparez l’empreinte imprimée sur chacune.');
  if (!['set', 'needed', 'count', 'kind'].every((f) => same(shares, f))) throw bad('Ces feuilles viennent de deux partages de la même clé : prenez-les d’un seul partage, même date.');
  const points = new Map();
  for (const s of shares) {
    const known = points.get(s.number);
    if (known && !equal(known, s.value)) throw bad(`Deux feuilles n° ${s.number} différentes : l’une est fausse.`);
    points.set(s.number, s.value);
  }
  const sorted = new Map([...points].sort(([a], [b]) => a - b));
  if (sorted.size < first.needed) {
    const again = sorted.size < shares.length ? ' (une feuille donnée deux fois ne compte qu’une fois)' : '';
    throw bad(`${sorted.size} feuille${sorted.size > 1 ? 's' : ''} sur ${first.needed} nécessaires : vous avez la n° ${[...sorted.keys()].join(', ')}${again}, il en manque ${first.needed - sorted.size}.`);
  }
  const chosen = new Map([...sorted].slice(0, first.needed));
  for (const [number, value] of sorted) {
    if (!chosen.has(number) && !equal(interpolate(chosen, number), value)) throw bad(`La feuille n° ${number} ne va pas avec les autres : l’une d’elles est fausse.`);
  }
  const identity = parseIdentity(bech32.encode(KINDS[first.kind], bech32.toWords(interpolate(chosen)), false).toUpperCase());
  if (!equal(unhex(identity.fingerprint).subarray(0, 8), first.mark)) throw bad('Ces feuilles ne redonnent pas la clé qu’elles nomment : l’une d’elles est fausse.');
  return identity;
}

export const readShares = (text) => combine(shareLines(text).map(parseShare));
