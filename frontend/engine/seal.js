// Why: sealing of one pli, cut in upload parts. The state of a seal (file key, nonce, header) can be kept and taken up
// again; STREAM is deterministic, so a resumed seal first proves that the plaintext has not changed (never two
// plaintexts under one key and nonce).

import { b64raw, concat, digest, equal, hex, randomBytes, unhex } from './bytes.js';
import { contextHash } from './bundle.js';
import { makeCipher } from './cipher.js';
import { PliError } from './errors.js';
import { CONTEXT_STANZA, encodeHeader, payloadKey } from './header.js';
import { wrapFileKey } from './keys.js';
import { CHUNK, sealChunks, SEALED_CHUNK, streamSize } from './stream.js';

/** Parts whose bytes stay valid together: one being sent, one sealed ahead, one to spare. */
const RING = 3;
/** Bytes of plaintext from which a second worker is worth its start. */
const WORTH = 4 * 1024 * 1024;
/** Bytes of an upload part. */
export const PART = 8 * 1024 * 1024;

/**
 * New secrets and header of a pli.
 * @param {string[]} recipients in stanza order
 * @param {object|null} context null for a bare age file
 * @returns {Promise<{fileKey, nonce, header}>} bytes; keep them only on this machine
 */
export async function newSeal(recipients, context) {
  const fileKey = randomBytes(16);
  const stanzas = [];
  for (const r of recipients) stanzas.push(await wrapFileKey(r, fileKey));
  if (context) stanzas.push({ args: [CONTEXT_STANZA, b64raw(contextHash(context))], body: new Uint8Array() });
  return { fileKey, nonce: randomBytes(16), header: encodeHeader(stanzas, fileKey) };
}

const changed = () => new PliError('empreinte', 'Un fichier a changé depuis le début du scellement. Rien de plus n’est envoyé : le pli doit être scellé de nouveau.');

export class PartSealer {
  /**
   * @param {{fileKey, nonce, header}} seal
   * @param {{length, read(start, end)}} source plaintext
   * @param {{engine?, part?: number, plainHashes?: string[], hash?: boolean, helper?: Helper}} [options]
   *   plainHashes: SHA-256 (hex) of the plaintext of parts already sealed once under this key
   */
  constructor(seal, source, { engine, part = PART, plainHashes = [], hash = true, helper = null } = {}) {
    this.prefix = concat(seal.header, seal.nonce);
    this.key = payloadKey(seal.fileKey, seal.nonce);
    this.source = source;
    this.engine = engine;
    this.part = part;
    this.plainHashes = plainHashes;
    this.hash = hash;
    this.helper = helper;
    this.chunks = Math.max(1, Math.ceil(source.length / CHUNK));
    this.size = this.prefix.length + streamSize(source.length);
    this.count = Math.ceil(this.size / part);
    this.ring = [];
    this.turn = 0;
    if (part < this.prefix.length) throw new RangeError('part shorter than the header');
  }

  /** Buffers are used again in turn: a part's bytes hold until two further parts have been asked for. */
  #room(n) {
    const at = this.turn++ % RING;
    if (!this.ring[at] || this.ring[at].length < n) this.ring[at] = new Uint8Array(Math.max(n, Math.min(this.size, this.part + 2 * SEALED_CHUNK)));
    return this.ring[at].subarray(0, n);
  }

  /** Chunks whose first sealed byte lies in part `i`: each chunk belongs to exactly one part. */
  range(i) {
    const first = (offset) => Math.min(this.chunks, Math.max(0, Math.ceil((offset - this.prefix.length) / SEALED_CHUNK)));
    const from = i === 0 ? 0 : first(i * this.part);
    const to = i === this.count - 1 ? this.chunks : first((i + 1) * this.part);
    return [from, to];
  }

  plainRange(i) {
    const [from, to] = this.range(i);
    return [Math.min(this.source.length, from * CHUNK), Math.min(this.source.length, to * CHUNK)];
  }

  /** Re-read every plaintext already sealed under this key; throws `empreinte` on any difference. */
  async verify(progress) {
    for (let i = 0; i < this.plainHashes.length; i++) {
      if (!this.plainHashes[i]) continue;
      const plain = await this.source.read(...this.plainRange(i));
      if (!equal(await digest(plain), unhex(this.plainHashes[i]))) throw changed();
      progress?.(i + 1, this.plainHashes.length);
    }
  }

  /**
   * @param {number} from first part wanted; the part before it is sealed again (and compared), because its last chunk may reach into this one
   * @returns {AsyncGenerator<{index, offset, bytes, last, plainHash, partHash}>} `bytes` hold until two further parts have been asked for
   */
  async* parts(from = 0) {
    const cipher = await makeCipher(this.key, this.engine);
    const helper = this.source.length >= WORTH && this.helper?.start(this.key, this.engine) ? this.helper : null;
    try {
      let i = Math.max(0, from - 1);
      let carry = i === 0 ? this.prefix : null;
      let ahead = this.source.read(...this.plainRange(i));
      for (; i < this.count; i++) {
        const plain = await ahead;
        if (i + 1 < this.count) {
          ahead = this.source.read(...this.plainRange(i + 1));
          ahead.catch(() => {}); // awaited at the next turn; a failure is reported there
        }
        const [start, end] = this.plainRange(i);
        if (plain.length !== end - start) throw changed();
        const [first, to] = this.range(i);
        const last = i === this.count - 1;
        const blind = carry === null; // resuming: what the previous part carried over is unknown and not needed
        const sealing = first === to ? carry ?? new Uint8Array() : sealChunks(cipher, plain, first, to === this.chunks, carry ?? undefined, (n) => this.#room(n), helper);
        // browsers hash on this very thread: only once the helper has work
        const [all, plainDigest] = await Promise.all([sealing, this.hash ? digest(plain) : null]);
        const plainHash = plainDigest && hex(plainDigest);
        if (this.hash && this.plainHashes[i] && plainHash !== this.plainHashes[i]) throw changed();
        if (blind) {
          const spill = this.prefix.length + first * SEALED_CHUNK + all.length - (i + 1) * this.part;
          carry = spill > 0 ? all.slice(all.length - spill) : new Uint8Array();
          continue;
        }
        const wanted = Math.min(this.part, this.size - i * this.part);
        const bytes = all.subarray(0, wanted);
        carry = all.slice(wanted);
        if (i < from) continue;
        const partHash = this.hash ? await digest(bytes) : null;
        yield { index: i, offset: i * this.part, bytes, last, plainHash, partHash };
      }
    } finally {
      helper?.stop();
      cipher.free?.();
    }
  }
}

/** Whole sealed file as a stream of parts (command-line helpers and tests). */
export async function* sealFile(source, recipients, context, options) {
  const sealer = new PartSealer(await newSeal(recipients, context), source, options);
  for await (const part of sealer.parts()) yield part.bytes;
}
