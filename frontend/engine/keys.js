// Why: recipients and identities of plis: hybrid ML-KEM-768 + X25519 (default), X25519, ssh-rsa as recipient only,
// and passphrases (scrypt) that wrap key files. Formats: C2SP age.md and age's native hybrid (HPKE, KEM 0x647a).

import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { expand, extract, hkdf } from '@noble/hashes/hkdf.js';
import { scrypt as nobleScrypt } from '@noble/hashes/scrypt.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { MLKEM768X25519 } from '@noble/post-quantum/hybrid.js';
import { bech32 } from '@scure/base';
import { scrypt as wasmScrypt } from 'hash-wasm';
import { b64raw, concat, hex, randomBytes, sha256 as sha, unb64raw, utf8 } from './bytes.js';
import { PliError } from './errors.js';
import { canonicalSshRsa, parseSshRsa, wrapSshRsa } from './ssh.js';

const PQ = 'mlkem768x25519';
const PQ_INFO = utf8('age-encryption.org/mlkem768x25519');
const X_INFO = utf8('age-encryption.org/v1/X25519');
const SCRYPT_LABEL = utf8('age-encryption.org/v1/scrypt');
const ZERO_NONCE = new Uint8Array(12);
/** Highest scrypt work factor accepted when opening: 2^22 would already take about 4 GiB. */
const MAX_LOG_N = 20;

const badRecipient = (s) => new PliError('destinataire', `La clé publique « ${String(s).slice(0, 24)}… » n’est pas d’une forme connue (age1pq1…, age1… ou ssh-rsa).`);
const badKey = () => new PliError('cle', 'Cette clé secrète n’est pas lisible : elle commence par AGE-SECRET-KEY-PQ-1 (ou AGE-SECRET-KEY-1) et tient sur une ligne.');
const badStanza = (type) => new PliError('entete', `La ligne de destinataire « ${type} » du pli est mal formée.`);

function bech(s, prefix, length, error) {
  let decoded;
  try {
    decoded = bech32.decode(s, false);
    const bytes = bech32.fromWords(decoded.words);
    if (decoded.prefix.toLowerCase() === prefix && bytes.length === length) return bytes;
  } catch (cause) {
    throw error;
  }
  throw error;
}

const unbech = (prefix, bytes) => bech32.encode(prefix, bech32.toWords(bytes), false);

function hpkeKey(secret) {
  const suite = new Uint8Array([0x48, 0x50, 0x4b, 0x45, 0x64, 0x7a, 0, 1, 0, 3]); // "HPKE", KEM X-Wing, HKDF-SHA256, ChaCha20-Poly1305
  const v1 = utf8('HPKE-v1');
  const extracted = (salt, label, ikm) => extract(sha256, concat(v1, suite, utf8(label), ikm), salt);
  const expanded = (prk, label, info, n) => expand(sha256, prk, concat(new Uint8Array([0, n]), v1, suite, utf8(label), info), n);
  const none = new Uint8Array();
  const context = concat(new Uint8Array([0]), extracted(none, 'psk_id_hash', none), extracted(none, 'info_hash', PQ_INFO));
  const prk = extracted(secret, 'secret', none);
  return { key: expanded(prk, 'key', context, 32), nonce: expanded(prk, 'base_nonce', context, 12) };
}

const box = (key, nonce, fileKey) => chacha20poly1305(key, nonce).encrypt(fileKey);

function unbox(key, nonce, body, type) {
  if (body.length !== 32) throw badStanza(type);
  try {
    return chacha20poly1305(key, nonce).decrypt(body);
  } catch (cause) {
    return null;
  }
}

/** Canonical recipient string (ssh-rsa loses its comment); throws when malformed. */
export function checkRecipient(s) {
  const r = String(s).trim();
  if (r.startsWith('age1pq1')) bech(r, 'age1pq', 1216, badRecipient(r));
  else if (r.startsWith('age1')) bech(r, 'age', 32, badRecipient(r));
  else if (r.startsWith('ssh-rsa ')) {
    parseSshRsa(r);
    return canonicalSshRsa(r);
  } else throw badRecipient(r);
  return r;
}

/** Lower hex SHA-256 of the ASCII recipient string. */
export const fingerprint = (recipient) => hex(sha(utf8(checkRecipient(recipient))));
/** Stanza type a recipient is written with. */
export const stanzaType = (recipient) => (recipient.startsWith('age1pq1') ? PQ : recipient.startsWith('ssh-rsa') ? 'ssh-rsa' : 'X25519');

export async function wrapFileKey(recipient, fileKey) {
  const r = checkRecipient(recipient);
  if (r.startsWith('ssh-rsa ')) return wrapSshRsa(r, fileKey);
  if (r.startsWith('age1pq1')) {
    const { cipherText, sharedSecret } = MLKEM768X25519.encapsulate(bech(r, 'age1pq', 1216, badRecipient(r)));
    const { key, nonce } = hpkeKey(sharedSecret);
    return { args: [PQ, b64raw(cipherText)], body: box(key, nonce, fileKey) };
  }
  const theirs = bech(r, 'age', 32, badRecipient(r));
  const ephemeral = randomBytes(32);
  const share = x25519.getPublicKey(ephemeral);
  const key = hkdf(sha256, x25519.getSharedSecret(ephemeral, theirs), concat(share, theirs), X_INFO, 32);
  return { args: ['X25519', b64raw(share)], body: box(key, ZERO_NONCE, fileKey) };
}

function hybridIdentity(seed) {
  const recipient = unbech('age1pq', MLKEM768X25519.getPublicKey(seed));
  return {
    type: PQ,
    recipient,
    fingerprint: fingerprint(recipient),
    text: unbech('age-secret-key-pq-', seed).toUpperCase(),
    async unwrap(stanzas) {
      for (const { args, body } of stanzas) {
        if (args[0] !== PQ) continue;
        if (args.length !== 2) throw badStanza(PQ);
        let enc;
        try {
          enc = unb64raw(args[1]);
        } catch (cause) {
          throw badStanza(PQ);
        }
        if (enc.length !== 1120 || body.length !== 32) throw badStanza(PQ);
        let secret;
        try {
          secret = MLKEM768X25519.decapsulate(enc, seed);
        } catch (cause) {
          throw badStanza(PQ);
        }
        const { key, nonce } = hpkeKey(secret);
        const fileKey = unbox(key, nonce, body, PQ);
        if (fileKey) return fileKey;
      }
      return null;
    },
  };
}

function x25519Identity(secret) {
  const ours = x25519.getPublicKey(secret);
  const recipient = unbech('age', ours);
  return {
    type: 'X25519',
    recipient,
    fingerprint: fingerprint(recipient),
    text: unbech('age-secret-key-', secret).toUpperCase(),
    async unwrap(stanzas) {
      for (const { args, body } of stanzas) {
        if (args[0] !== 'X25519') continue;
        if (args.length !== 2) throw badStanza('X25519');
        let share;
        let shared;
        try {
          share = unb64raw(args[1]);
          shared = x25519.getSharedSecret(secret, share);
        } catch (cause) {
          throw badStanza('X25519');
        }
        const fileKey = unbox(hkdf(sha256, shared, concat(share, ours), X_INFO, 32), ZERO_NONCE, body, 'X25519');
        if (fileKey) return fileKey;
      }
      return null;
    },
  };
}

/** @param {string} line one AGE-SECRET-KEY-… line */
export function parseIdentity(line) {
  const s = line.trim();
  if (s !== s.toUpperCase()) throw badKey();
  if (s.startsWith('AGE-SECRET-KEY-PQ-1')) return hybridIdentity(bech(s, 'age-secret-key-pq-', 32, badKey()));
  if (s.startsWith('AGE-SECRET-KEY-1')) return x25519Identity(bech(s, 'age-secret-key-', 32, badKey()));
  throw badKey();
}

/** Plain identity file: comments (#) and blank lines are skipped. */
export function parseIdentities(fileText) {
  const lines = fileText.split(/\r?\n/).map((l) => l.trim()).filter((l) => l && !l.startsWith('#'));
  if (!lines.length) throw badKey();
  return lines.map(parseIdentity);
}

/** New hybrid identity; its 32-byte seed comes from the system's generator. */
export const generateIdentity = () => hybridIdentity(randomBytes(32));

async function scryptKey(passphrase, salt, logN) {
  const options = { password: utf8(passphrase), salt: concat(SCRYPT_LABEL, salt) };
  if (typeof WebAssembly === 'object') {
    try {
      return await wasmScrypt({ ...options, costFactor: 2 ** logN, blockSize: 8, parallelism: 1, hashLength: 32, outputType: 'binary' });
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError) && !(error instanceof RangeError)) throw error;
    }
  }
  return nobleScrypt(options.password, options.salt, { N: 2 ** logN, r: 8, p: 1, dkLen: 32 });
}

export async function wrapPassphrase(passphrase, fileKey, logN = 18) {
  const salt = randomBytes(16);
  return { args: ['scrypt', b64raw(salt), String(logN)], body: box(await scryptKey(passphrase, salt, logN), ZERO_NONCE, fileKey) };
}

/** Identity-like object for a passphrase; refuses files where scrypt is not the only stanza (C2SP age.md). */
export function passphraseIdentity(passphrase) {
  return {
    type: 'scrypt',
    async unwrap(stanzas) {
      const mine = stanzas.filter((s) => s.args[0] === 'scrypt');
      if (!mine.length) return null;
      if (stanzas.length !== 1) throw badStanza('scrypt');
      const { args, body } = mine[0];
      if (args.length !== 3 || !/^[1-9][0-9]*$/.test(args[2])) throw badStanza('scrypt');
      let salt;
      try {
        salt = unb64raw(args[1]);
      } catch (cause) {
        throw badStanza('scrypt');
      }
      if (salt.length !== 16 || body.length !== 32) throw badStanza('scrypt');
      const logN = Number(args[2]);
      if (logN > MAX_LOG_N) throw new PliError('phrase', `Ce fichier demande un calcul de phrase secrète trop lourd (2^${logN}, au plus 2^${MAX_LOG_N}).`);
      return unbox(await scryptKey(passphrase, salt, logN), ZERO_NONCE, body, 'scrypt');
    },
  };
}
