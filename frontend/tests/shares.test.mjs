// Why: sheets printed by a browser are read by the terminal and the other way round; what does not go together is told.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import * as m from '../engine/index.js';

const vector = JSON.parse(readFileSync(new URL('../../tests/sealing/vectors/feuilles/1.json', import.meta.url), 'utf8'));
const told = (words) => (error) => error.code === 'feuilles' && error.message.includes(words) || assert.fail(`${error.code}: ${error.message}`);

test('sheets made by the terminal give the key back here, two by two', async () => {
  for (const [a, b] of [[0, 1], [0, 2], [1, 2]]) {
    const [key] = await m.readKeyText(`${vector.feuilles[a]}\n\n${vector.feuilles[b].toLowerCase()}`);
    assert.equal(key.text, vector.identite);
    assert.equal(key.fingerprint, vector.empreinte);
  }
});

test('any three of five sheets made here give the key back, two never', async () => {
  const key = m.generateIdentity();
  const made = m.split(key, 3, 5);
  for (const chosen of [[0, 1, 2], [4, 2, 0], [1, 3, 4], [0, 1, 2, 3, 4]]) {
    assert.equal(m.combine(chosen.map((i) => m.parseShare(made[i].text))).text, key.text);
  }
  assert.throws(() => m.readShares(`${made[0].text} ${made[4].text}`), told('2 feuilles sur 3'));
  assert.match(made[0].text, /^[0-9A-Z-]+$/); // fits the alphanumeric mode of a QR code
});

test('wrong, mixed and double sheets are told apart', () => {
  const [one, two] = [m.generateIdentity(), m.generateIdentity()];
  const [a, b] = m.split(one, 2, 3);
  const again = m.split(one, 2, 3)[1];
  const other = m.split(two, 2, 3)[1];
  assert.throws(() => m.readShares(`${a.text} ${a.text}`), told('ne compte qu’une fois'));
  assert.throws(() => m.readShares(`${a.text} ${other.text}`), told('clés différentes'));
  assert.throws(() => m.readShares(`${a.text} ${again.text}`), told('deux partages'));
  const wrong = b.text.slice(0, 60) + (b.text[60] === 'Q' ? 'P' : 'Q') + b.text.slice(61);
  assert.throws(() => m.readShares(`${a.text} ${wrong}`), told('mal recopiée'));
  const forged = { ...m.parseShare(b.text), value: new Uint8Array(32) };
  assert.throws(() => m.combine([m.parseShare(a.text), forged]), told('nomment'));
  assert.throws(() => m.split(one, 1, 3), told('au moins 2'));
});
