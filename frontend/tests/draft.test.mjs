// Why: a draft keeps what was chosen on this computer and gives it back; what cannot be kept is named, not lost silently.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Draft, MOST, restore, snapshot } from '../pages/depot-brouillon.js';
import { MemoryStore } from '../worker/store.js';

const file = (name, size = 3) => ({ name, size });

function choice(lots = ['1', '2']) {
  const made = { lots, chosenLots: new Set(), files: new Map(lots.map((lot) => [`${lot}/offre`, []])) };
  made.add = (key, files) => made.files.get(key).push(...files.map((f) => ({ name: f.name, file: f })));
  return made;
}

test('lots and files come back into a new choice', () => {
  const before = choice();
  before.chosenLots.add('2');
  before.add('2/offre', [file('prix.pdf'), file('plan.pdf')]);
  const after = choice();
  assert.deepEqual(restore(snapshot(before, 5), after), []);
  assert.deepEqual([...after.chosenLots], ['2']);
  assert.deepEqual(after.files.get('2/offre').map((f) => f.name), ['prix.pdf', 'plan.pdf']);
});

test('files of an envelope that is no more are named', () => {
  const before = choice();
  before.chosenLots.add('2');
  before.add('2/offre', [file('prix.pdf')]);
  const after = choice(['1']);
  assert.deepEqual(restore(snapshot(before), after), ['prix.pdf']);
  assert.equal(after.chosenLots.size, 0);
});

test('beyond the room of a browser only the list is kept', () => {
  const before = choice();
  before.add('1/offre', [file('video.zip', MOST + 1)]);
  const kept = snapshot(before);
  assert.equal(kept.whole, false);
  assert.equal(kept.pieces[0].file, undefined);
  assert.deepEqual(restore(kept, choice()), ['video.zip']);
});

test('nothing is kept before it is asked for, and nothing is left once erased', async () => {
  const store = new MemoryStore();
  const draft = new Draft(store, 'c', 'moi');
  const chosen = choice();
  chosen.add('1/offre', [file('prix.pdf')]);
  await draft.save(chosen);
  assert.equal(store.map.size, 0);
  draft.on = true;
  await draft.save(chosen);
  assert.equal((await new Draft(store, 'c', 'moi').load()).pieces[0].name, 'prix.pdf');
  assert.equal(await new Draft(store, 'c', 'autre').load(), null);
  assert.equal(await new Draft(store, 'd', 'moi').load(), null);
  const late = draft.save(chosen);
  await draft.erase();
  await late;
  assert.equal(store.map.size, 0);
});

test('a full browser keeps the list and says so', async () => {
  const store = new MemoryStore();
  const put = store.put.bind(store);
  store.put = (key, value) => (value.pieces.some((p) => p.file) ? Promise.reject(new Error('QuotaExceededError')) : put(key, value));
  const draft = new Draft(store, 'c', 'moi');
  draft.on = true;
  let said = '';
  draft.onstate = (words) => { said = words; };
  const chosen = choice();
  chosen.add('1/offre', [file('prix.pdf')]);
  await draft.save(chosen);
  assert.match(said, /manque de place/);
  assert.equal((await draft.load()).pieces[0].name, 'prix.pdf');
});
