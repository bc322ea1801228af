// Why: small rules of the pages that need no browser.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { extension, cleanName } from '../worker/checks.js';
import { weakness } from '../engine/passphrase.js';

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
