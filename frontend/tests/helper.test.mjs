// Why: a helping worker may speed a seal up, be slow, die or never start: the sealed bytes are the same.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as m from '../engine/index.js';

const keys = [m.generateIdentity()];
const engines = ['wasm', 'script', ...((await m.engineName()) === 'natif' ? ['natif'] : [])];
const plain = new Uint8Array(9_300_001);
for (let i = 0; i < plain.length; i += 65536) crypto.getRandomValues(plain.subarray(i, Math.min(plain.length, i + 65536)));

/** A worker as a browser gives it: messages are cloned, buffers move. `mortal`: it falls silent for ever after so many spans. */
function hiring({ mortal = Infinity } = {}) {
  const seen = { spans: 0, hired: 0, ended: 0, keys: [] };
  const open = [];
  const hire = () => {
    seen.hired++;
    const { port1, port2 } = new MessageChannel();
    open.push(port1);
    const scope = { postMessage: (data, moved) => port2.postMessage(data, moved) };
    m.serveSeals(scope);
    const worker = {
      postMessage: (data, moved) => port1.postMessage(data, moved),
      terminate: () => {
        seen.ended++;
        port1.close();
      },
    };
    port2.onmessage = ({ data }) => {
      if (data.cle !== undefined) seen.keys.push(data.cle);
      if (data.octets && ++seen.spans > mortal) worker.onerror({ preventDefault() {} });
      else scope.onmessage({ data });
    };
    port1.onmessage = (event) => worker.onmessage(event);
    return worker;
  };
  return { seen, hire, close: () => open.forEach((port) => port.close()) };
}

async function sealed(seal, options, from = 0) {
  const sealer = new m.PartSealer(seal, new m.RawSource(new Blob([plain])), { part: 3_000_000, ...options });
  const parts = [];
  for await (const p of sealer.parts(from)) parts.push({ ...p, bytes: p.bytes.slice() });
  return parts;
}

for (const engine of engines) {
  test(`${engine}: with a helper the parts are the same to the byte, and the helper did its share`, async (t) => {
    const { seen, hire, close } = hiring();
    t.after(close);
    const seal = await m.newSeal([keys[0].recipient], null);
    const alone = await sealed(seal, { engine });
    const helper = new m.Helper(hire);
    for (let turn = 1; turn <= 2; turn++) {
      assert.deepEqual(await sealed(seal, { engine, helper }), alone);
      assert.ok(seen.spans >= turn, `${seen.spans} spans`);
    }
    assert.equal(seen.hired, 1);
    for (let i = 0; i < 200 && seen.keys.at(-1) !== null; i++) await new Promise((done) => { setTimeout(done, 5); });
    assert.equal(seen.keys.at(-1), null, 'the key is forgotten when the seal is whole');
    assert.deepEqual(await m.decrypt(m.concat(...alone.map((p) => p.bytes)), keys, { engine }), plain);
    const plainHashes = alone.map((p) => p.plainHash);
    assert.deepEqual(await sealed(seal, { engine, helper, plainHashes }, 2), alone.slice(2));
  });
}

test('a helper that dies half-way, at its first span or before it starts leaves no hole', async (t) => {
  const seal = await m.newSeal([keys[0].recipient], null);
  const alone = await sealed(seal, { engine: 'wasm' });
  for (const mortal of [0, 1, 3]) {
    const { seen, hire, close } = hiring({ mortal });
    t.after(close);
    const helper = new m.Helper(hire);
    assert.deepEqual(await sealed(seal, { engine: 'wasm', helper }), alone, `after ${mortal}`);
    assert.equal(seen.ended, 1);
    assert.deepEqual(await sealed(seal, { engine: 'wasm', helper }), alone);
    assert.equal(seen.hired, 1, 'one that died is not called again');
  }
  const refused = new m.Helper(() => { throw new Error('no worker within a worker here'); });
  assert.deepEqual(await sealed(seal, { engine: 'wasm', helper: refused }), alone);
});

test('two seals at once share no helper: the second goes on alone, under its own key', async (t) => {
  const { seen, hire, close } = hiring();
  t.after(close);
  const helper = new m.Helper(hire);
  const seals = [await m.newSeal([keys[0].recipient], null), await m.newSeal([keys[0].recipient], null)];
  const alone = await Promise.all(seals.map((seal) => sealed(seal, { engine: 'wasm' })));
  assert.deepEqual(await Promise.all(seals.map((seal) => sealed(seal, { engine: 'wasm', helper }))), alone);
  assert.equal(seen.keys.filter(Boolean).length, 1);
});

test('a seal given up half-way frees the helper for the next', async (t) => {
  const { hire, close } = hiring();
  t.after(close);
  const helper = new m.Helper(hire);
  const seal = await m.newSeal([keys[0].recipient], null);
  const parts = new m.PartSealer(seal, new m.RawSource(new Blob([plain])), { part: 3_000_000, engine: 'wasm', helper }).parts();
  await parts.next();
  await parts.return();
  assert.deepEqual(await sealed(seal, { engine: 'wasm', helper }), await sealed(seal, { engine: 'wasm' }));
});
