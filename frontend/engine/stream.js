// Why: STREAM of age v1: 64 KiB chunks, nonce = 11-byte counter then last-chunk flag. Many chunks in flight at once,
// and on opening nothing leaves before its tag has been checked.

import { checkMac, parseHeader, payloadKey, MAX_HEADER } from './header.js';
import { unwrapRelays } from './relay.js';
import { concat } from './bytes.js';
import { makeCipher } from './cipher.js';
import { PliError } from './errors.js';

export const CHUNK = 65536;
export const TAG = 16;
export const SEALED_CHUNK = CHUNK + TAG;
/** Chunks handed to the engine together when opening. */
const FLIGHT = 32;
const NOTHING = new Uint8Array();

/** Let messages and file reads of this thread through: the engines without WebCrypto never give it back themselves. */
const breathe = typeof setImmediate === 'function' ? () => new Promise((done) => { setImmediate(done); }) : (() => {
  const { port1, port2 } = new MessageChannel();
  const waiting = [];
  port1.onmessage = () => waiting.shift()();
  return () => new Promise((done) => {
    waiting.push(done);
    port2.postMessage(0);
  });
})();
/** Chunks sealed between two breaths: enough to pay for one, few enough to stay in the processor's caches. */
const HERE = 8;

/** Length of the STREAM for a plaintext of `size` bytes. */
export const streamSize = (size) => size + TAG * Math.max(1, Math.ceil(size / CHUNK));

export function chunkNonce(index, last) {
  const nonce = new Uint8Array(12);
  new DataView(nonce.buffer).setUint32(7, index); // bytes 7..10: 2^32 chunks are 256 TiB, more than any limit
  if (last) nonce[11] = 1;
  return nonce;
}

/** Chunks given to a helping worker at once; small enough to balance, and see `serveSeals` for why not above 16. */
export const SPAN = 16;

/**
 * Seal whole chunks from number `first` on into `out` at `at`; only the very last chunk of the file may be short.
 * WebCrypto copies a chunk when it is called, so that `out` may lie over chunks already handed over.
 */
export async function sealSpan(cipher, plain, first, endsFile, out, at) {
  const count = Math.max(endsFile && !plain.length ? 1 : 0, Math.ceil(plain.length / CHUNK));
  const pending = [];
  for (let i = 0; i < count; i++) {
    const p = cipher.encrypt(chunkNonce(first + i, endsFile && i === count - 1), plain.subarray(i * CHUNK, (i + 1) * CHUNK), out, at + i * SEALED_CHUNK);
    if (p) pending.push(p);
  }
  await Promise.all(pending);
}

/**
 * Seal consecutive whole chunks.
 * @param {Uint8Array} plain bytes of chunks first..; only the very last chunk of the file may be short
 * @param {Uint8Array} [before] bytes to stand in front of the sealed chunks in the answer
 * @param {(n: number) => Uint8Array} [room] gives n bytes to write in; fresh memory costs more than the cipher itself
 * @param {Helper} [helper] another worker with the same key, which seals some of the chunks meanwhile
 * @returns {Promise<Uint8Array>} `before`, then the sealed chunks in order
 */
export async function sealChunks(cipher, plain, first, endsFile, before = NOTHING, room = (n) => new Uint8Array(n), helper = null) {
  const count = Math.max(endsFile && !plain.length ? 1 : 0, Math.ceil(plain.length / CHUNK));
  const out = room(before.length + plain.length + count * TAG);
  out.set(before);
  let next = 0;
  const take = (n) => {
    const from = next;
    next = Math.min(count, next + n);
    return [plain.subarray(from * CHUNK, next * CHUNK), first + from, endsFile && next === count, out, before.length + from * SEALED_CHUNK];
  };
  const here = async () => {
    while (next < count) {
      await sealSpan(cipher, ...take(HERE));
      await breathe();
    }
  };
  const there = async () => {
    while (helper.flight && count - next >= SPAN) {
      const span = take(SPAN);
      try {
        await helper.seal(...span);
      } catch (error) {
        if (error.name === 'AbortError') throw error;
        await sealSpan(cipher, ...span); // the helper is gone
      }
    }
  };
  await Promise.all([...Array.from({ length: helper?.flight ?? 0 }, there), here()]);
  return out;
}

const tampered = (n) => new PliError('flux', `Le contenu scellé a été modifié ou tronqué (bloc ${n + 1}) : rien de ce bloc n’est rendu.`);

async function openChunks(cipher, sealed, first, endsFile) {
  const count = Math.ceil(sealed.length / SEALED_CHUNK);
  const jobs = [];
  for (let i = 0; i < count; i++) {
    const piece = sealed.subarray(i * SEALED_CHUNK, (i + 1) * SEALED_CHUNK);
    const last = endsFile && i === count - 1;
    if (piece.length < TAG) throw tampered(first + i);
    try {
      const job = cipher.decrypt(chunkNonce(first + i, last), piece);
      job.catch?.(() => {});
      jobs.push(job);
    } catch (cause) {
      throw tampered(first + i);
    }
  }
  const out = [];
  for (let i = 0; i < count; i++) {
    try {
      out.push(await jobs[i]);
    } catch (cause) {
      throw tampered(first + i);
    }
  }
  if (endsFile && out[count - 1].length === 0 && first + count > 1) throw tampered(first + count - 1);
  return out;
}

/** Growing window over an async iterable of byte arrays. */
class Feed {
  constructor(source) {
    this.iterator = (source[Symbol.asyncIterator] ?? source[Symbol.iterator]).call(source);
    this.queue = [];
    this.length = 0;
    this.done = false;
  }

  async fill(n) {
    while (this.length < n && !this.done) {
      const { value, done } = await this.iterator.next();
      if (done) this.done = true;
      else if (value.length) {
        this.queue.push(value);
        this.length += value.length;
      }
    }
  }

  take(n) {
    const out = new Uint8Array(n);
    let at = 0;
    while (at < n) {
      const head = this.queue[0];
      const use = Math.min(head.length, n - at);
      out.set(head.subarray(0, use), at);
      at += use;
      if (use === head.length) this.queue.shift();
      else this.queue[0] = head.subarray(use);
    }
    this.length -= n;
    return out;
  }

  peek() {
    return concat(...this.queue);
  }
}

/**
 * Open an age file.
 * @param {AsyncIterable<Uint8Array>|Iterable<Uint8Array>} source ciphertext
 * @param {{unwrap(stanzas): Promise<Uint8Array|null>}[]} identities
 * @param {{engine?: string}} [options]
 * @returns {Promise<{header, identity, index, body: AsyncGenerator<Uint8Array>}>} the header's MAC is already checked; `index` is
 *   that of the stanza which opened
 */
export async function openAge(source, identities, options = {}) {
  const feed = new Feed(source);
  let header = null;
  for (let want = 4096; header === null; want *= 2) {
    await feed.fill(want);
    header = parseHeader(feed.peek());
    if (header === null && feed.done) throw new PliError('tronque', 'Le fichier s’arrête avant la fin de son en-tête : il est tronqué.');
    if (want > 2 * MAX_HEADER) throw new PliError('entete', 'L’en-tête du fichier est trop long pour un pli.');
  }
  feed.take(header.length);
  let fileKey = null;
  let identity = null;
  if (header.stanzas.some((s) => s.args[0] === 'scrypt') && header.stanzas.length !== 1) {
    throw new PliError('entete', 'Un fichier à phrase secrète ne peut pas avoir d’autre destinataire.');
  }
  let index = -1;
  for (identity of identities) {
    for (index = 0; index < header.stanzas.length && !fileKey; index++) fileKey = await identity.unwrap([header.stanzas[index]]);
    if (fileKey) break;
  }
  if (!fileKey && options.relays?.length) {
    const relayed = await unwrapRelays(header, options.relays, identities);
    if (relayed) ({ fileKey, identity } = relayed);
    index = 0; // a relay stands in no place of the context
  }
  if (!fileKey) throw new PliError('destinataire', 'Aucune des clés présentées n’ouvre ce fichier : il a été scellé pour d’autres clés.');
  checkMac(header, fileKey);
  await feed.fill(16);
  if (feed.length < 16) throw new PliError('tronque', 'Le fichier s’arrête avant son contenu : il est tronqué.');
  const key = payloadKey(fileKey, feed.take(16));

  async function* body() {
    const cipher = await makeCipher(key, options.engine);
    try {
      for (let index = 0; ;) {
        await feed.fill(FLIGHT * SEALED_CHUNK + 1);
        const ends = feed.done && feed.length <= FLIGHT * SEALED_CHUNK;
        const sealed = feed.take(ends ? feed.length : FLIGHT * SEALED_CHUNK);
        if (ends && !sealed.length) throw new PliError('tronque', 'Le fichier s’arrête sans bloc final : il est tronqué.');
        const pieces = await openChunks(cipher, sealed, index, ends);
        index += pieces.length;
        yield* pieces;
        if (ends) return;
      }
    } finally {
      cipher.free?.();
    }
  }
  return { header, identity, index: index - 1, body: body() };
}
