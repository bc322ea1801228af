// Why: the plaintext of a pli, readable at any offset without ever being in memory: manifest, documents as `File`
// slices, end of archive and Padmé zeros. Random access is what makes a resumed deposit byte-identical.

import { hex, sha256, unhex } from './bytes.js';
import { dumps } from './jcs.js';
import { END, padded, paddedLength, tarHeader } from './tar.js';

export const FORMAT = 'megalis.bzh/pli';
export const MANIFEST = 'manifest.json';
export const FOLDER = 'documents/';
/** What every opener accepts: bytes of a manifest, documents in it, form of a media type. */
export const MAX_MANIFEST = 448 << 10;
export const MAX_FILES = 1000;
export const MEDIA_TYPE = /^[\x21-\x7e]{1,127}$/;

const ODD = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff<>:"/\\|?*]/gu;

/** The form under which two names are the same file on some system people use. */
export const folded = (name) => name.normalize('NFC').replace(ODD, '_').trim().replace(/[. ]+$/, '').normalize('NFKC').toLowerCase();

/** Commitment ("engagement") of a document: SHA-256(sel || sha256(file)), all hexadecimal. */
export function commitment(sel, fileSha256) {
  const data = new Uint8Array(64);
  data.set(unhex(sel), 0);
  data.set(unhex(fileSha256), 32);
  return hex(sha256(data));
}

/** Fingerprint of a context, as the context stanza carries it. */
export const contextHash = (context) => sha256(dumps(context));

/** @param {{name, size, sha256, type}[]} files @param {string} sel 32 bytes in hexadecimal */
export function manifestBytes(context, sel, files) {
  return dumps({
    v: 1, format: FORMAT, context: context ?? null, sel,
    files: files.map(({ name, size, sha256: digest, type }) => ({ name, size, sha256: digest, type })),
  });
}

/** @returns {number} bytes of plaintext for a manifest and files of these sizes, padding included */
export function bundleSize(manifestLength, files) {
  let length = tarHeader(MANIFEST, manifestLength).length + padded(manifestLength);
  for (const f of files) length += tarHeader(FOLDER + f.name, f.size).length + padded(f.size);
  return paddedLength(length + END);
}

/** Bytes read at once; below 4 MiB Chromium wakes its processes more often than it reads. */
const READ = 4 * 1024 * 1024;

/**
 * Readers with bytes on their way. Chromium (seen in 156) collects a reader of a Blob's byte stream while its read is
 * pending when only that read leads to it, and with it everything that awaits: a deposit would stop for ever without a word.
 */
const reading = new Set();

/** Sequential reading of a Blob: its stream costs the browser half of what repeated slices cost, and half again into one buffer. */
class BlobReader {
  constructor(blob) {
    this.blob = blob;
    this.at = -1;
    this.reader = null;
    this.rest = null;
    this.room = null;
  }

  async #from(start) {
    await this.close();
    const stream = (start ? this.blob.slice(start) : this.blob).stream();
    try {
      this.reader = stream.getReader({ mode: 'byob' });
      this.room = new ArrayBuffer(Math.min(READ, Math.max(1, this.blob.size - start)));
    } catch (error) {
      this.reader = stream.getReader(); // no such streams in this browser
    }
    this.at = start;
  }

  async #next() {
    const { reader } = this;
    reading.add(reader);
    const { value, done } = await (this.room ? reader.read(new Uint8Array(this.room)) : reader.read()).finally(() => reading.delete(reader));
    if (done) throw new RangeError('file shorter than announced');
    if (this.room) this.room = value.buffer;
    this.rest = value;
  }

  /** Fill `out` with the bytes from `start`. */
  async readInto(start, out) {
    if (this.at !== start) await this.#from(start);
    this.at = -1; // a reading that fails is begun anew
    let filled = 0;
    while (filled < out.length) {
      if (!this.rest) await this.#next();
      const piece = this.rest.subarray(0, out.length - filled);
      out.set(piece, filled);
      filled += piece.length;
      this.rest = piece.length < this.rest.length ? this.rest.subarray(piece.length) : null;
    }
    this.at = start + filled;
    if (this.at === this.blob.size) await this.close();
  }

  async close() {
    await this.reader?.cancel().catch(() => {}); // its failure, if any, was already told by read()
    this.reader = null;
    this.rest = null;
    this.room = null;
    this.at = -1;
  }
}

/** Reading buffers used in turn: an answer holds until two further ones have been asked for. */
class Buffers {
  constructor() {
    this.all = [];
    this.turn = 0;
  }

  take(n) {
    const at = this.turn++ % 3;
    if (!this.all[at] || this.all[at].length < n) this.all[at] = new Uint8Array(n);
    return this.all[at].subarray(0, n);
  }
}

export class Bundle {
  /**
   * @param {Uint8Array} manifest canonical bytes
   * @param {{name: string, size: number, blob: Blob}[]} files in the manifest's order
   */
  constructor(manifest, files) {
    this.segments = [];
    this.buffers = new Buffers();
    this.length = 0;
    /** where each document's bytes lie in the plaintext, for progress by file */
    this.places = [];
    this.#bytes(tarHeader(MANIFEST, manifest.length));
    this.#bytes(manifest);
    this.#zeros(padded(manifest.length) - manifest.length);
    for (const { name, size, blob } of files) {
      if (blob.size !== size) throw new RangeError(`${name}: ${blob.size} bytes instead of ${size}`);
      this.#bytes(tarHeader(FOLDER + name, size));
      this.places.push({ name, start: this.length, end: this.length + size });
      this.#push({ length: size, blob });
      this.#zeros(padded(size) - size);
    }
    this.#zeros(paddedLength(this.length + END) - this.length);
  }

  #push(segment) {
    if (!segment.length) return;
    this.segments.push({ ...segment, start: this.length });
    this.length += segment.length;
  }

  #bytes(bytes) {
    this.#push({ length: bytes.length, bytes });
  }

  #zeros(length) {
    this.#push({ length });
  }

  /** Bytes [start, end) of the plaintext; cheap when asked for in order. Holds until two further reads. */
  async read(start, end) {
    const out = this.buffers.take(end - start);
    for (const s of this.segments) {
      if (s.start >= end || s.start + s.length <= start) continue;
      const from = Math.max(0, start - s.start);
      const to = Math.min(s.length, end - s.start);
      const target = out.subarray(s.start + from - start, s.start + to - start);
      if (s.bytes) target.set(s.bytes.subarray(from, to));
      else if (s.blob) await (s.reader ??= new BlobReader(s.blob)).readInto(from, target);
      else target.fill(0);
    }
    return out;
  }
}

/** Anything readable by slices, as the plaintext of a bare age file (`--raw`). */
export class RawSource {
  constructor(blob) {
    this.reader = new BlobReader(blob);
    this.buffers = new Buffers();
    this.length = blob.size;
    this.places = [];
  }

  async read(start, end) {
    const out = this.buffers.take(end - start);
    if (end > start) await this.reader.readInto(start, out);
    return out;
  }
}
