// Why: worker side of benchmarks/sealing_browser.py: one age file written by one engine, bytes counted and dropped.

import { Encrypter } from 'age-encryption';
import * as m from '../../engine/index.js';

const key = m.generateIdentity();
const helper = new m.Helper(() => new Worker(self.location.href, { type: 'module', name: m.HELPER }));

/** The same bytes held in memory, so that reading the disk weighs on neither side. */
const memory = {
  async load(file) {
    if (this.bytes?.length !== file.size) this.bytes = new Uint8Array(await file.arrayBuffer());
    return this.bytes;
  },
};

const inMemory = (bytes) => ({ length: bytes.length, places: [], read: async (a, b) => bytes.subarray(a, b) });

function streamOf(bytes) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) controller.close();
      else controller.enqueue(bytes.subarray(at, at += 1 << 20));
    },
  });
}

async function drain(stream) {
  const reader = stream.getReader();
  let n = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return n;
    n += value.length;
  }
}

async function typage(stream) {
  const e = new Encrypter();
  e.addRecipient(key.recipient);
  return drain(await e.encrypt(stream));
}

async function ours(source, options) {
  const sealer = new m.PartSealer(await m.newSeal([key.recipient], null), source, options);
  let n = 0;
  for await (const part of sealer.parts()) n += part.bytes.length;
  return n;
}

async function chain(file) {
  const files = [{ name: file.name, size: file.size, blob: file, type: 'application/octet-stream', sha256: '0'.repeat(64) }];
  const bundle = new m.Bundle(m.manifestBytes(null, '0'.repeat(64), files), files);
  const sealer = new m.PartSealer(await m.newSeal([key.recipient], null), bundle, { helper });
  const tree = new m.Tree();
  let n = 0;
  for await (const part of sealer.parts()) {
    n += part.bytes.length;
    tree.append(part.partHash);
  }
  return n;
}

const measure = async ({ data: { name, file } }) => {
  try {
    if (name === 'moteur') {
      self.postMessage({ result: await m.engineName() });
      return;
    }
    const [kind, engine] = name.split('/');
    const bytes = kind === 'memoire' ? await memory.load(file) : null;
    const start = performance.now();
    const options = { engine, hash: false, helper };
    let n;
    if (engine === 'typage') n = await typage(bytes ? streamOf(bytes) : file.stream());
    else if (engine === 'lecture') n = await drain(file.stream());
    else if (engine === 'chaine') n = await chain(file);
    else n = await ours(bytes ? inMemory(bytes) : new m.RawSource(file), options);
    if (n < file.size) throw new Error(`${n} bytes written for ${file.size}`);
    self.postMessage({ result: file.size / 1e3 / (performance.now() - start) });
  } catch (error) {
    self.postMessage({ error: String(error.stack ?? error) });
  }
};

if (self.name === m.HELPER) m.serveSeals(self);
else self.onmessage = measure;
