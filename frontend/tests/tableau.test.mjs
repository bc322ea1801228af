import assert from 'node:assert/strict';
import { test } from 'node:test';
import { barred, reached, refusal, spoken } from '../pages/colonnes.js';

const COLUMNS = ['a-faire', 'en-cours', 'fait'];
const TITLES = { 'a-faire': 'À faire', 'en-cours': 'En cours', fait: 'Fait' };

test('the arrows carry a card to the next column it may enter, and no farther than the last', () => {
  assert.equal(reached(COLUMNS, ['en-cours', 'fait'], 'a-faire', 'ArrowRight'), 'en-cours');
  assert.equal(reached(COLUMNS, ['en-cours', 'fait'], 'fait', 'ArrowRight'), 'fait');
  assert.equal(reached(COLUMNS, ['en-cours', 'fait'], 'a-faire', 'ArrowLeft'), 'a-faire');
  assert.equal(reached(COLUMNS, ['en-cours', 'fait'], 'a-faire', 'End'), 'fait');
  assert.equal(reached(COLUMNS, ['a-faire', 'fait'], 'fait', 'Home'), 'a-faire');
});

test('a column the card may not enter is stepped over', () => {
  assert.equal(reached(COLUMNS, ['fait'], 'a-faire', 'ArrowRight'), 'fait');
  assert.equal(reached(COLUMNS, ['en-cours'], 'fait', 'Home'), 'en-cours');
});

test('any other key leaves the card where it is', () => {
  assert.equal(reached(COLUMNS, ['en-cours'], 'a-faire', 'x'), 'a-faire');
});

test('what is heard names the column, its place among the others, and whether it is the card’s own', () => {
  assert.equal(spoken('Plan', COLUMNS, TITLES, 'fait', 'a-faire'), 'Plan : colonne « Fait », 3 sur 3');
  assert.equal(spoken('Plan', COLUMNS, TITLES, 'a-faire', 'a-faire'), 'Plan : colonne « À faire », 1 sur 3, sa place');
});

test('an arrow against a column that is shut names it; the end of the board and other keys name none', () => {
  assert.equal(barred(COLUMNS, ['en-cours', 'fait'], 'en-cours', 'ArrowLeft'), 'a-faire');
  assert.equal(barred(COLUMNS, ['en-cours', 'fait'], 'fait', 'ArrowLeft'), '');
  assert.equal(barred(COLUMNS, ['en-cours', 'fait'], 'fait', 'ArrowRight'), '');
  assert.equal(barred(COLUMNS, ['fait'], 'fait', 'Home'), '');
});

test('a refusal says from where to where, and where the card may go instead', () => {
  const words = refusal('Plan', TITLES, ['en-cours', 'abandonne'], 'fait', 'a-faire');
  assert.equal(words, 'Plan ne passe pas de « Fait » à « À faire » : d’ici, elle va dans « En cours ».');
  assert.match(refusal('Plan', TITLES, [], 'fait', 'a-faire'), /ne change plus de colonne/);
});
