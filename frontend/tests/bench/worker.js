// Why: worker side of benchmarks/sealing_browser.py: one age file written by one engine, bytes counted and dropped.

import { Encrypter } from 'age-encryption';
import * as m from '../../engine/index.js';

const key = m.generateIdentity();

async function typage(file) {
  const e = new Encrypter();
  e.addRecipient(key.recipient);
  const reader = (await e.encrypt(file.stream())).getReader();
  let n = 0;
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return n;
    n += value.length;
  }
}

async function ours(file, options) {
  const sealer = new m.PartSealer(await m.newSeal([key.recipient], null), new m.RawSource(file), options);
  let n = 0;
  for await (const part of sealer.parts()) n += part.bytes.length;
  return n;
}

async function chain(file) {
  const files = [{ name: file.name, size: file.size, blob: file, type: 'application/octet-stream', sha256: '0'.repeat(64) }];
  const bundle = new m.Bundle(m.manifestBytes(null, '0'.repeat(64), files), files);
  const sealer = new m.PartSealer(await m.newSeal([key.recipient], null), bundle);
  const tree = new m.Tree();
  let n = 0;
  for await (const part of sealer.parts()) {
    n += part.bytes.length;
    tree.append(part.partHash);
  }
  return n;
}

self.onmessage = async ({ data: { name, file } }) => {
  try {
    if (name === 'moteur') {
      self.postMessage({ result: await m.engineName() });
      return;
    }
    const start = performance.now();
    const n = name === 'typage' ? await typage(file) : name === 'chaine' ? await chain(file) : await ours(file, { engine: name, hash: false });
    if (n < file.size) throw new Error(`${n} bytes written for ${file.size}`);
    self.postMessage({ result: file.size / 1e3 / (performance.now() - start) });
  } catch (error) {
    self.postMessage({ error: String(error.stack ?? error) });
  }
};
