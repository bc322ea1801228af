// Why: the plaintext of a pli, readable at any offset without ever being in memory: manifest, documents as `File`
// slices, end of archive and Padmé zeros. Random access is what makes a resumed deposit byte-identical.

import { hex, sha256, unhex } from './bytes.js';
import { dumps } from './jcs.js';
import { END, padded, paddedLength, tarHeader } from './tar.js';

export const FORMAT = 'megalis.bzh/pli';
export const MANIFEST = 'manifest.json';
export const FOLDER = 'documents/';

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

export class Bundle {
  /**
   * @param {Uint8Array} manifest canonical bytes
   * @param {{name: string, size: number, blob: Blob}[]} files in the manifest's order
   */
  constructor(manifest, files) {
    this.segments = [];
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

  /** Bytes [start, end) of the plaintext; a single slice when they lie in one document. */
  async read(start, end) {
    const wanted = this.segments.filter((s) => s.start < end && s.start + s.length > start);
    const slice = (s) => [Math.max(0, start - s.start), Math.min(s.length, end - s.start)];
    if (wanted.length === 1 && wanted[0].blob) {
      const [a, b] = slice(wanted[0]);
      return new Uint8Array(await wanted[0].blob.slice(a, b).arrayBuffer());
    }
    const out = new Uint8Array(end - start);
    for (const s of wanted) {
      const [a, b] = slice(s);
      const at = s.start + a - start;
      if (s.bytes) out.set(s.bytes.subarray(a, b), at);
      else if (s.blob) out.set(new Uint8Array(await s.blob.slice(a, b).arrayBuffer()), at);
    }
    return out;
  }
}

/** Anything readable by slices, as the plaintext of a bare age file (`--raw`). */
export class RawSource {
  constructor(blob) {
    this.blob = blob;
    this.length = blob.size;
    this.places = [];
  }

  async read(start, end) {
    return new Uint8Array(await this.blob.slice(start, end).arrayBuffer());
  }
}
