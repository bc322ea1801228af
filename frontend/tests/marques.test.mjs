import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MARKS } from '../pages/marques.js';

/** A text in which | marks the ends of what is selected. */
function piece(shown) {
  const [before, chosen, after] = shown.split('|');
  return { text: before + chosen + after, start: before.length, end: before.length + chosen.length };
}
const shown = ({ text, start, end }) => `${text.slice(0, start)}|${text.slice(start, end)}|${text.slice(end)}`;
const after = (name, text) => shown(MARKS[name](piece(text)));

test('words are put in bold and, pressed again, no more', () => {
  assert.equal(after('gras', 'la |rade| de Brest'), 'la **|rade|** de Brest');
  assert.equal(after('gras', 'la **|rade|** de Brest'), 'la |rade| de Brest');
  assert.equal(after('gras', 'la |**rade**| de Brest'), 'la |rade| de Brest');
});

test('nothing selected, the button writes words to type over', () => {
  assert.equal(after('italique', 'a ||'), 'a *|mots en italique|*');
  assert.equal(after('lien', 'voir ||'), 'voir [mots du lien](|https://|)');
});

test('a link and a picture leave their address selected', () => {
  assert.equal(after('lien', 'voir |le guide|.'), 'voir [le guide](|https://|).');
  assert.equal(after('image', '|La rade|'), '![La rade](|/|)');
});

test('a heading, an item or a quotation stays one when its words are marked', () => {
  assert.equal(after('gras', '|## Le port|'), '## **|Le port|**');
  assert.equal(after('lien', '|- le guide|'), '- [le guide](|https://|)');
  assert.equal(after('italique', 'a |- b|'), 'a *|- b|*');
});

test('every selected line becomes an item, and no more when all of them are', () => {
  assert.equal(after('liste', 'a|n\nd|'), '|- an\n- d|');
  assert.equal(after('liste', '|- an\n- d|'), '|an\nd|');
  assert.equal(after('numeros', '|un\ndeux|'), '|1. un\n2. deux|');
  assert.equal(after('numeros', '|1. un\n2. deux|'), '|un\ndeux|');
});

test('a list after a paragraph begins after an empty line', () => {
  assert.equal(after('liste', 'Voici\n|a|'), 'Voici\n\n|- a|');
  assert.equal(after('citation', 'Voici\n\n|a|'), 'Voici\n\n|> a|');
});

test('a line becomes a heading wherever the caret is in it', () => {
  assert.equal(after('intertitre', 'Le po||rt'), '|## Le port|');
  assert.equal(after('intertitre', '|## Le port|'), '|Le port|');
});
