import assert from 'node:assert/strict';
import { test } from 'node:test';
import { french } from '../pages/typography.js';

const shown = (text) => french(text).replaceAll('\u00a0', '~');

test('no line ends before a colon, a semicolon, a question or an exclamation mark', () => {
  assert.equal(shown('Échec : recommencez ; sinon ? Tant pis !'), 'Échec~: recommencez~; sinon~? Tant pis~!');
  assert.equal(shown(' : suite'), '~: suite');
});

test('no line ends inside quotation marks', () => {
  assert.equal(shown('le pli « offre » est « là »'), 'le pli «~offre~» est «~là~»');
});

test('other spaces, hours, addresses and signs stay', () => {
  for (const text of ['à 11:42:07', 'https://exemple.fr/?q=a b', 'rien à faire', ':-)', 'a :b']) assert.equal(french(text), text);
});
