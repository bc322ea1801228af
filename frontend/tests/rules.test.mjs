// Why: small rules of the pages that need no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extension, cleanName } from '../worker/checks.js';
import { weakness } from '../engine/passphrase.js';
import { Choice } from '../pages/depot-choix.js';

test('passphrases: length, variety, banal starts, both entries', () => {
  const good = 'cheval orange pluie balcon';
  assert.equal(weakness(good, good), null);
  assert.match(weakness('court', 'court'), /au moins 12/);
  assert.match(weakness('aaaaaaaaaaaaaa', 'aaaaaaaaaaaaaa'), /répète/);
  assert.match(weakness('motdepasse2026!', 'motdepasse2026!'), /premières/);
  assert.match(weakness(good, `${good}.`), /diffèrent/);
});

test('names: one Unicode form, extension in lower case', () => {
  assert.equal(cleanName('me\u0301moire.PDF '), 'm\u00e9moire.PDF');
  assert.equal(extension('a.b.PDF'), 'pdf');
  assert.equal(extension('sans'), '');
});

test('lots: the limit counts the other bids of the company, not the one that is replaced', () => {
  const parameters = { enveloppes: ['1', '2', '3'].map((lot) => ({ lot, enveloppe: 'offre' })), lots_max: 2, lots_deposes: { a: ['1'], b: ['2'] } };
  const choice = new Choice(parameters, null);
  choice.chosenLots = new Set(['3']);
  assert.match(choice.tooManyLots(), /2\slots au plus ici, et vous en auriez 3, avec ceux déjà déposés \(1, 2\)/);
  choice.replaces = 'b';
  assert.equal(choice.tooManyLots(), '');
  choice.chosenLots = new Set(['2', '3']);
  assert.ok(choice.problems().some((p) => p.target === 'depot-lots'));
  assert.equal(new Choice({ ...parameters, lots_max: null }, null).tooManyLots(), '');
});
