import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withFirst } from '../pages/dates.js';

const says = (text, options) =>
  withFirst(new Intl.DateTimeFormat('fr-FR', { timeZone: 'Europe/Paris', ...options }).format(new Date(text)));
const LONG = { weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' };

test('the first of a month is « 1er », with its day of the week and without', () => {
  assert.equal(says('2026-12-01T09:00:00Z', LONG), 'mardi 1er décembre 2026');
  assert.equal(says('2026-08-01T09:00:00Z', { day: 'numeric', month: 'long' }), '1er août');
});

test('the other days are figures, the 11th, 21st and 31st too', () => {
  assert.equal(says('2026-12-11T09:00:00Z', LONG), 'vendredi 11 décembre 2026');
  assert.equal(says('2026-12-21T09:00:00Z', LONG), 'lundi 21 décembre 2026');
  assert.equal(says('2026-12-31T09:00:00Z', LONG), 'jeudi 31 décembre 2026');
});

test('the day that counts is that of Paris', () => {
  assert.equal(says('2026-11-30T23:30:00Z', LONG), 'mardi 1er décembre 2026');
});

test('a time of day keeps its figures', () => {
  assert.equal(withFirst('mardi 1er décembre 2026, 11:01:01'), 'mardi 1er décembre 2026, 11:01:01');
  assert.equal(withFirst('2 décembre 2026, 1 h 05'), '2 décembre 2026, 1 h 05');
});
