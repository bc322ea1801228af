// Why: one ChaCha20-Poly1305 interface over three engines: native WebCrypto where the browser has it, libsodium in
// WebAssembly elsewhere, pure JavaScript where a policy forbids WebAssembly. Chosen by a known-answer probe, never by name.

import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { ChaChaPoly } from './chacha.js';
import { PliError } from './errors.js';

const TAG = 16;

async function nativeCipher(key) {
  const k = await crypto.subtle.importKey('raw-secret', key, { name: 'ChaCha20-Poly1305' }, false, ['encrypt', 'decrypt']);
  return {
    encrypt: async (nonce, plain, out, at) => {
      // Left to the collector: Chromium keeps the bytes of a buffer that was transferred away, and counts them no more.
      out.set(new Uint8Array(await crypto.subtle.encrypt({ name: 'ChaCha20-Poly1305', iv: nonce }, k, plain)), at);
    },
    decrypt: async (nonce, sealed) => new Uint8Array(await crypto.subtle.decrypt({ name: 'ChaCha20-Poly1305', iv: nonce }, k, sealed)),
  };
}

let sodiumReady = null;

async function sodium() {
  sodiumReady ??= (async () => {
    const make = (await import('libsodium')).default;
    const lib = await make({ getRandomValue: () => crypto.getRandomValues(new Uint32Array(1))[0] });
    if (lib._sodium_init() < 0) throw new Error('libsodium did not start');
    return lib;
  })();
  return sodiumReady;
}

async function sodiumCipher(key) {
  const lib = await sodium();
  const size = 65536 + TAG;
  const base = lib._malloc(2 * size + 64);
  const [from, to, noncePtr, keyPtr] = [base, base + size, base + 2 * size, base + 2 * size + 16];
  lib.HEAPU8.set(key, keyPtr);
  return {
    encrypt: (nonce, plain, out, at) => {
      lib.HEAPU8.set(plain, from);
      lib.HEAPU8.set(nonce, noncePtr);
      lib._crypto_aead_chacha20poly1305_ietf_encrypt(to, null, from, plain.length, 0, null, 0, 0, null, noncePtr, keyPtr);
      out.set(lib.HEAPU8.subarray(to, to + plain.length + TAG), at);
    },
    decrypt: (nonce, sealed) => {
      lib.HEAPU8.set(sealed, from);
      lib.HEAPU8.set(nonce, noncePtr);
      const rc = lib._crypto_aead_chacha20poly1305_ietf_decrypt(to, null, null, from, sealed.length, 0, null, 0, 0, noncePtr, keyPtr);
      if (rc !== 0) throw new Error('invalid tag');
      return lib.HEAPU8.slice(to, to + sealed.length - TAG);
    },
    free: () => {
      lib.HEAPU8.fill(0, base, base + 2 * size + 64);
      lib._free(base);
    },
  };
}

const MAKERS = { natif: nativeCipher, wasm: sodiumCipher, script: async (key) => new ChaChaPoly(key) };

async function works(name) {
  try {
    const key = new Uint8Array(32).fill(7);
    const nonce = new Uint8Array(12).fill(9);
    const plain = new Uint8Array(100).fill(3);
    const expected = chacha20poly1305(key, nonce).encrypt(plain);
    const cipher = await MAKERS[name](key);
    const out = new Uint8Array(plain.length + TAG);
    await cipher.encrypt(nonce, plain, out, 0);
    const back = await cipher.decrypt(nonce, out);
    cipher.free?.();
    return expected.every((b, i) => b === out[i]) && back.every((b, i) => b === plain[i]);
  } catch (error) {
    return false;
  }
}

let chosen = null;

/** @returns {Promise<'natif'|'wasm'|'script'>} best engine that passes the known-answer probe here */
export function engineName() {
  chosen ??= (async () => {
    for (const name of Object.keys(MAKERS)) if (await works(name)) return name;
    throw new PliError('moteur', 'Ce navigateur ne sait pas chiffrer les fichiers. Mettez-le à jour ou déposez depuis un terminal.');
  })();
  return chosen;
}

/** @param {Uint8Array} key 32 bytes @param {string} [engine] forced engine (tests and benchmarks) */
export async function makeCipher(key, engine) {
  return MAKERS[engine ?? (await engineName())](key);
}
