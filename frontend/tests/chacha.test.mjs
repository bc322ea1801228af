// Why: the cipher written here is held to the vectors of RFC 8439 and to the machine's own OpenSSL, byte for byte.

import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { test } from 'node:test';
import { unhex, utf8 } from '../engine/bytes.js';
import { chacha, ChaChaPoly, poly1305 } from '../engine/chacha.js';

const words = (hexadecimal) => new Int32Array(unhex(hexadecimal.replaceAll(' ', '')).buffer);
const random = (n) => {
  const out = new Uint8Array(n);
  for (let i = 0; i < n; i += 65536) crypto.getRandomValues(out.subarray(i, Math.min(n, i + 65536)));
  return out;
};

function openssl(key, nonce, plain) {
  const cipher = createCipheriv('chacha20-poly1305', key, nonce, { authTagLength: 16 });
  return new Uint8Array(Buffer.concat([cipher.update(plain), cipher.final(), cipher.getAuthTag()]));
}

function sealed(key, nonce, plain) {
  const out = new Uint8Array(plain.length + 19);
  new ChaChaPoly(key).encrypt(nonce, plain, out, 3);
  return out.slice(3);
}

test('the key stream of RFC 8439 §2.4.2', () => {
  const state = new Int32Array(16);
  state.set([0x61707865, 0x3320646e, 0x79622d32, 0x6b206574]);
  state.set(words('000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f'), 4);
  state.set(words('000000000000004a00000000'), 13);
  const bytes = new Uint8Array(128);
  bytes.set(utf8("Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, sunscreen would be it."));
  chacha(state, 1, new Int32Array(bytes.buffer), 32);
  assert.deepEqual(bytes.slice(0, 114), unhex(
    '6e2e359a2568f98041ba0728dd0d6981e97e7aec1d4360c20a27afccfd9fae0bf91b65c5524733ab8f593dabcd62b357'
    + '1639d624e65152ab8f530c359f0861d807ca0dbf500d6a6156a38e088a22b65e52bc514d16ccf806818ce91ab7793736'
    + '5af90bbf74a35be6b40b8eedf2785e42874d',
  ));
});

const TWO = `02${'00'.repeat(15)}`;
const ONES = 'ff'.repeat(16);
const NONE = '00'.repeat(16);
const WIDE = '01000000000000000400000000000000';
/** Appendix A.3: sums that meet the prime and 2^128 from both sides. [number, r, s, data, tag] */
const TAGS = [
  [1, NONE, NONE, '00'.repeat(64), NONE],
  [5, TWO, NONE, ONES, `03${'00'.repeat(15)}`],
  [6, TWO, ONES, TWO, `03${'00'.repeat(15)}`],
  [7, `01${'00'.repeat(15)}`, NONE, `${ONES}f0${'ff'.repeat(15)}11${'00'.repeat(15)}`, `05${'00'.repeat(15)}`],
  [8, `01${'00'.repeat(15)}`, NONE, `${ONES}fb${'fe'.repeat(15)}${'01'.repeat(16)}`, NONE],
  [9, TWO, NONE, `fd${'ff'.repeat(15)}`, `fa${'ff'.repeat(15)}`],
  [10, WIDE, NONE, `e33594d7505e43b900000000000000003394d7505e4379cd01000000000000000${'0'.repeat(31)}01${'00'.repeat(15)}`, '14000000000000005500000000000000'],
  [11, WIDE, NONE, `e33594d7505e43b900000000000000003394d7505e4379cd01000000000000000${'0'.repeat(31)}`, `13${'00'.repeat(15)}`],
];

for (const [number, r, s, data, tag] of TAGS) {
  test(`the tag of RFC 8439, case ${number}`, () => {
    assert.deepEqual(poly1305(words(r + s), words(data), data.length / 32), unhex(tag));
  });
}

test('every length up to five blocks, and lengths around a chunk, as OpenSSL seals them', () => {
  for (const n of [...Array(321).keys(), 65519, 65520, 65521, 65535, 65536]) {
    const [key, nonce, plain] = [random(32), random(12), random(n)];
    const got = sealed(key, nonce, plain);
    assert.deepEqual(got, openssl(key, nonce, plain), `${n} bytes`);
    assert.deepEqual(new ChaChaPoly(key).decrypt(nonce, got), plain, `${n} bytes`);
  }
});

test('the greatest r and ciphertexts of ones, where sums are largest, stay exact: as whole numbers say', () => {
  const p = (1n << 130n) - 5n;
  const r = 0x0ffffffc0ffffffc0ffffffc0fffffffn;
  const block = (1n << 129n) - 1n;
  const data = new Int32Array(4 * 4097).fill(-1);
  let h = 0n;
  for (let blocks = 1; blocks <= 4097; blocks++) {
    h = ((h + block) * r) % p;
    if (blocks > 64 && blocks < 4096) continue;
    const got = poly1305(words(ONES + NONE), data, blocks);
    assert.equal(BigInt(`0x${Buffer.from(got.reverse()).toString('hex')}`), h & ((1n << 128n) - 1n), `${blocks} blocks`);
  }
});

test('one cipher serves many chunks, in any order and of any length, none leaving a trace in the next', () => {
  const key = random(32);
  const one = new ChaChaPoly(key);
  for (const n of [65536, 5, 0, 40_000, 64, 65535, 1]) {
    const [nonce, plain] = [random(12), random(n)];
    const out = new Uint8Array(n + 16);
    one.encrypt(nonce, plain, out, 0);
    assert.deepEqual(out, openssl(key, nonce, plain));
  }
});

test('a flipped bit anywhere gives nothing back', () => {
  const [key, nonce] = [random(32), random(12)];
  const good = sealed(key, nonce, random(50));
  for (let i = 0; i < good.length; i++) {
    const bad = good.slice();
    bad[i] ^= 1 << (i % 8);
    assert.throws(() => new ChaChaPoly(key).decrypt(nonce, bad), /invalid tag/);
  }
  assert.throws(() => new ChaChaPoly(key).decrypt(nonce, good.subarray(0, 15)), /invalid tag/);
});
