// Why: ChaCha20-Poly1305 (RFC 8439) for browsers where a policy forbids WebAssembly and WebCrypto lacks it. A library for
// any use goes byte by byte; for chunks of one known size, whole words held in local variables are twice as fast.

import { equal } from './bytes.js';

const TAG = 16;
const MAX = 65536;
const PRIME = (1n << 130n) - 5n;
/** Limbs of 22 bits: six make 132, and the products of two blocks still add up below 2^53, where doubles are exact. */
const LIMB = 4194304;
const MASK = LIMB - 1;
const TOP = 1048576;
const HIGH_BIT = 0x40000;

/** XOR `words` 32-bit words in place with the key stream from block `counter` on. `s` is the state of RFC 8439 §2.3. */
export function chacha(s, counter, data, words) {
  const [s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11, , s13, s14, s15] = s;
  for (let at = 0, n = counter; at < words; at += 16, n = (n + 1) | 0) {
    let a = s0, b = s1, c = s2, d = s3, e = s4, f = s5, g = s6, h = s7, i = s8, j = s9, k = s10, l = s11, m = n, o = s13, p = s14, q = s15;
    for (let round = 0; round < 10; round++) {
      a = (a + e) | 0; m ^= a; m = (m << 16) | (m >>> 16); i = (i + m) | 0; e ^= i; e = (e << 12) | (e >>> 20);
      a = (a + e) | 0; m ^= a; m = (m << 8) | (m >>> 24); i = (i + m) | 0; e ^= i; e = (e << 7) | (e >>> 25);
      b = (b + f) | 0; o ^= b; o = (o << 16) | (o >>> 16); j = (j + o) | 0; f ^= j; f = (f << 12) | (f >>> 20);
      b = (b + f) | 0; o ^= b; o = (o << 8) | (o >>> 24); j = (j + o) | 0; f ^= j; f = (f << 7) | (f >>> 25);
      c = (c + g) | 0; p ^= c; p = (p << 16) | (p >>> 16); k = (k + p) | 0; g ^= k; g = (g << 12) | (g >>> 20);
      c = (c + g) | 0; p ^= c; p = (p << 8) | (p >>> 24); k = (k + p) | 0; g ^= k; g = (g << 7) | (g >>> 25);
      d = (d + h) | 0; q ^= d; q = (q << 16) | (q >>> 16); l = (l + q) | 0; h ^= l; h = (h << 12) | (h >>> 20);
      d = (d + h) | 0; q ^= d; q = (q << 8) | (q >>> 24); l = (l + q) | 0; h ^= l; h = (h << 7) | (h >>> 25);
      a = (a + f) | 0; q ^= a; q = (q << 16) | (q >>> 16); k = (k + q) | 0; f ^= k; f = (f << 12) | (f >>> 20);
      a = (a + f) | 0; q ^= a; q = (q << 8) | (q >>> 24); k = (k + q) | 0; f ^= k; f = (f << 7) | (f >>> 25);
      b = (b + g) | 0; m ^= b; m = (m << 16) | (m >>> 16); l = (l + m) | 0; g ^= l; g = (g << 12) | (g >>> 20);
      b = (b + g) | 0; m ^= b; m = (m << 8) | (m >>> 24); l = (l + m) | 0; g ^= l; g = (g << 7) | (g >>> 25);
      c = (c + h) | 0; o ^= c; o = (o << 16) | (o >>> 16); i = (i + o) | 0; h ^= i; h = (h << 12) | (h >>> 20);
      c = (c + h) | 0; o ^= c; o = (o << 8) | (o >>> 24); i = (i + o) | 0; h ^= i; h = (h << 7) | (h >>> 25);
      d = (d + e) | 0; p ^= d; p = (p << 16) | (p >>> 16); j = (j + p) | 0; e ^= j; e = (e << 12) | (e >>> 20);
      d = (d + e) | 0; p ^= d; p = (p << 8) | (p >>> 24); j = (j + p) | 0; e ^= j; e = (e << 7) | (e >>> 25);
    }
    data[at] ^= a + s0; data[at + 1] ^= b + s1; data[at + 2] ^= c + s2; data[at + 3] ^= d + s3;
    data[at + 4] ^= e + s4; data[at + 5] ^= f + s5; data[at + 6] ^= g + s6; data[at + 7] ^= h + s7;
    data[at + 8] ^= i + s8; data[at + 9] ^= j + s9; data[at + 10] ^= k + s10; data[at + 11] ^= l + s11;
    data[at + 12] ^= m + n; data[at + 13] ^= o + s13; data[at + 14] ^= p + s14; data[at + 15] ^= q + s15;
  }
}

const limbs = (n) => Array.from({ length: 6 }, (_, i) => Number((n >> BigInt(22 * i)) & BigInt(MASK)));
const whole = (h) => h.reduce((sum, limb, i) => sum + (BigInt(limb) << BigInt(22 * i)), 0n);
/** Little-endian integer of four words of 32 bits. */
const integer = (w, at) => BigInt.asUintN(32, BigInt(w[at])) | (BigInt.asUintN(32, BigInt(w[at + 1])) << 32n)
  | (BigInt.asUintN(32, BigInt(w[at + 2])) << 64n) | (BigInt.asUintN(32, BigInt(w[at + 3])) << 96n);
const CLAMP = 0x0ffffffc0ffffffc0ffffffc0fffffffn;

/** Poly1305 (RFC 8439 §2.5) of `blocks` whole blocks of `w`; `key` is eight words.
 * Two blocks a turn: h = h r² + b₁ r + b₂, and one more r at the end. */
export function poly1305(key, w, blocks) {
  const r = integer(key, 0) & CLAMP;
  const [r0, r1, r2, r3, r4, r5] = limbs(r);
  const [z0, z1, z2, z3, z4, z5] = limbs((r * r) % PRIME);
  // 2^132 = 4 * 2^130, and 2^130 = 5 modulo the prime
  const [u1, u2, u3, u4, u5] = [20 * r1, 20 * r2, 20 * r3, 20 * r4, 20 * r5];
  const [v1, v2, v3, v4, v5] = [20 * z1, 20 * z2, 20 * z3, 20 * z4, 20 * z5];
  let [h0, h1, h2, h3, h4, h5] = [0, 0, 0, 0, 0, 0];
  let at = 0;
  if (blocks & 1) {
    [h0, h1, h2, h3, h4, h5] = limbs(integer(w, 0) | (1n << 128n));
    at = 4;
  }
  for (; at < 4 * blocks; at += 8) {
    let a = w[at];
    let b = w[at + 1];
    let c = w[at + 2];
    let d = w[at + 3];
    const m0 = a & MASK;
    const m1 = ((a >>> 22) | (b << 10)) & MASK;
    const m2 = ((b >>> 12) | (c << 20)) & MASK;
    const m3 = (c >>> 2) & MASK;
    const m4 = ((c >>> 24) | (d << 8)) & MASK;
    const m5 = (d >>> 14) | HIGH_BIT;
    a = w[at + 4];
    b = w[at + 5];
    c = w[at + 6];
    d = w[at + 7];
    let d0 = h0 * z0 + h1 * v5 + h2 * v4 + h3 * v3 + h4 * v2 + h5 * v1 + m0 * r0 + m1 * u5 + m2 * u4 + m3 * u3 + m4 * u2 + m5 * u1 + (a & MASK);
    let d1 = h0 * z1 + h1 * z0 + h2 * v5 + h3 * v4 + h4 * v3 + h5 * v2 + m0 * r1 + m1 * r0 + m2 * u5 + m3 * u4 + m4 * u3 + m5 * u2 + (((a >>> 22) | (b << 10)) & MASK);
    let d2 = h0 * z2 + h1 * z1 + h2 * z0 + h3 * v5 + h4 * v4 + h5 * v3 + m0 * r2 + m1 * r1 + m2 * r0 + m3 * u5 + m4 * u4 + m5 * u3 + (((b >>> 12) | (c << 20)) & MASK);
    let d3 = h0 * z3 + h1 * z2 + h2 * z1 + h3 * z0 + h4 * v5 + h5 * v4 + m0 * r3 + m1 * r2 + m2 * r1 + m3 * r0 + m4 * u5 + m5 * u4 + ((c >>> 2) & MASK);
    let d4 = h0 * z4 + h1 * z3 + h2 * z2 + h3 * z1 + h4 * z0 + h5 * v5 + m0 * r4 + m1 * r3 + m2 * r2 + m3 * r1 + m4 * r0 + m5 * u5 + (((c >>> 24) | (d << 8)) & MASK);
    let d5 = h0 * z5 + h1 * z4 + h2 * z3 + h3 * z2 + h4 * z1 + h5 * z0 + m0 * r5 + m1 * r4 + m2 * r3 + m3 * r2 + m4 * r1 + m5 * r0 + ((d >>> 14) | HIGH_BIT);
    let carry = Math.floor(d0 / LIMB);
    h0 = d0 - carry * LIMB;
    d1 += carry;
    carry = Math.floor(d3 / LIMB);
    d3 -= carry * LIMB;
    d4 += carry;
    carry = Math.floor(d1 / LIMB);
    h1 = d1 - carry * LIMB;
    d2 += carry;
    carry = Math.floor(d4 / LIMB);
    h4 = d4 - carry * LIMB;
    d5 += carry;
    carry = Math.floor(d2 / LIMB);
    h2 = d2 - carry * LIMB;
    d3 += carry;
    carry = Math.floor(d5 / TOP);
    h5 = d5 - carry * TOP;
    h0 += 5 * carry;
    carry = Math.floor(d3 / LIMB);
    h3 = d3 - carry * LIMB;
    h4 += carry;
    carry = Math.floor(h0 / LIMB);
    h0 -= carry * LIMB;
    h1 += carry;
  }
  const sum = ((whole([h0, h1, h2, h3, h4, h5]) * r) % PRIME) + integer(key, 4);
  const tag = new DataView(new ArrayBuffer(TAG));
  tag.setBigUint64(0, BigInt.asUintN(64, sum), true);
  tag.setBigUint64(8, BigInt.asUintN(64, sum >> 64n), true);
  return new Uint8Array(tag.buffer);
}

/** One key, chunks of at most 64 KiB, no additional data. Little-endian machines only: the engines' probe refuses it elsewhere. */
export class ChaChaPoly {
  #state = new Int32Array(16);
  #work = new Int32Array((MAX + 64) / 4);
  #bytes = new Uint8Array(this.#work.buffer);
  #once = new Int32Array(16);

  /** @param {Uint8Array} key 32 bytes */
  constructor(key) {
    this.#state.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
    new Uint8Array(this.#state.buffer).set(key, 16);
  }

  #start(nonce, input) {
    if (nonce.length !== 12 || input.length > MAX) throw new RangeError('12 bytes of nonce, 64 KiB of data at most');
    new Uint8Array(this.#state.buffer).set(nonce, 52);
    this.#once.fill(0);
    chacha(this.#state, 0, this.#once, 16);
    this.#bytes.set(input);
  }

  #stream(length) {
    chacha(this.#state, 1, this.#work, 16 * Math.ceil(length / 64));
  }

  /** Tag of the `length` bytes of ciphertext in the working buffer. */
  #tag(length) {
    const words = 4 * Math.ceil(length / 16);
    this.#bytes.fill(0, length, 4 * words);
    this.#work.set([0, 0, length, 0], words);
    return poly1305(this.#once, this.#work, words / 4 + 1);
  }

  /** Sealed bytes and tag go to `out` from `at` on. */
  encrypt(nonce, plain, out, at) {
    this.#start(nonce, plain);
    this.#stream(plain.length);
    out.set(this.#bytes.subarray(0, plain.length), at);
    out.set(this.#tag(plain.length), at + plain.length);
  }

  /** @returns {Uint8Array} plaintext; throws before giving any when the tag is wrong */
  decrypt(nonce, sealed) {
    const length = sealed.length - TAG;
    if (length < 0) throw new Error('invalid tag');
    this.#start(nonce, sealed.subarray(0, length));
    if (!equal(this.#tag(length), sealed.subarray(length))) throw new Error('invalid tag');
    this.#stream(length);
    return this.#bytes.slice(0, length);
  }

  free() {
    for (const secret of [this.#state, this.#work, this.#once]) secret.fill(0);
  }
}
