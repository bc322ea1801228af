// Why: the relays a browser makes are those the terminal opens, and the frozen vectors hold here as they do there.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as m from '../engine/index.js';
import { makePli } from './pli.test.mjs';

const vectors = JSON.parse(readFileSync(new URL('../../tests/sealing/vectors/relais/1.json', import.meta.url), 'utf8'));
const CODES = { cle: ['destinataire'], mac: ['mac'], entete: ['entete'] };

async function contents(bytes, keys, options) {
  const got = [];
  await m.openPli([bytes], keys, { ...options, sink: async () => ({ write: (b) => got.push(b.slice()), close() {} }) });
  return m.text(m.concat(...got));
}

const headerOf = (bytes) => bytes.slice(0, m.parseHeader(bytes).length);

for (const vector of vectors.relais) {
  test(`vector of relays: ${vector.nom}`, async () => {
    const act = contents(m.unb64(vectors.pli), [m.parseIdentity(vectors.identite)], { context: vectors.contexte, relays: [m.unb64(vector.relais)] });
    if (vector.ouvre) assert.equal(await act, vectors.contenu);
    else await assert.rejects(act, (error) => CODES[vector.code].includes(error.code) || assert.fail(`${error.code}: ${error.message}`));
  });
}

test('a holder gives a pli to a new key, and its bytes stay', async () => {
  const [holder, late] = [m.generateIdentity(), m.generateIdentity()];
  const { bytes, ctx } = await makePli({ documents: [['prix.txt', m.utf8('12 euros')]], keys: [holder] });
  const before = bytes.slice();
  const relay = await m.makeRelay(headerOf(bytes), [holder], late.recipient);
  assert.equal(await contents(bytes, [late], { context: ctx, relays: [relay] }), '12 euros');
  assert.deepEqual(bytes, before);
  await assert.rejects(contents(bytes, [late], { context: ctx }), (error) => error.code === 'destinataire');
  await assert.rejects(contents(bytes, [late], { context: { ...ctx, lot: '9' }, relays: [relay] }), (error) => error.code === 'contexte');
});

test('a key that does not open gives nothing, nor does half a header', async () => {
  const [holder, late] = [m.generateIdentity(), m.generateIdentity()];
  const { bytes } = await makePli({ documents: [['a', m.utf8('a')]], keys: [holder] });
  await assert.rejects(m.makeRelay(headerOf(bytes), [late], late.recipient), (error) => error.code === 'destinataire');
  await assert.rejects(m.makeRelay(headerOf(bytes).slice(0, -3), [holder], late.recipient), (error) => error.code === 'entete');
});
