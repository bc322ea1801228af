import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beside, tooHeavy, weigh } from '../pages/poids.js';

const MIB = 1048576;
const file = (name, mib) => ({ name, size: mib * MIB });

test('a file over its bound is named with its weight, the bound and what to do', () => {
  const said = tooHeavy([file('petit.xml', 1), file('gros.xml', 2048)], 128 * MIB, 160 * MIB);
  assert.equal(said, '« gros.xml » pèse 2\u00a0Go ; la limite est de 128\u00a0Mo. Réduisez-le ou partagez-le.');
});

test('files are weighed together against what one request may hold', () => {
  assert.match(tooHeavy([file('a', 90), file('b', 90)], 128 * MIB, 160 * MIB), /^Vos 2 fichiers pèsent 180\u00a0Mo ;/);
  assert.equal(tooHeavy([file('a', 90), file('b', 60)], 128 * MIB, 160 * MIB), '');
  assert.equal(tooHeavy([file('a', 5000)], 0, 0), '');
});

function scene(files, { enctype = 'multipart/form-data', dataset = {}, limite } = {}) {
  const page = new EventTarget();
  const input = { type: 'file', files, dataset: { limite }, said: null, shown: 0, setCustomValidity(text) { this.said = text; }, reportValidity() { this.shown += 1; } };
  const form = { enctype, dataset, elements: [input] };
  input.form = form;
  weigh(page, 160 * MIB);
  const send = (name, target) => {
    const event = new Event(name, { cancelable: true });
    Object.defineProperty(event, 'target', { value: target });
    page.dispatchEvent(event);
    return event.defaultPrevented;
  };
  return { input, form, send };
}

test('what is too heavy is said when it is chosen and does not leave; what replaces it does', () => {
  const { input, form, send } = scene([file('gros.xml', 200)], { limite: String(128 * MIB) });
  send('change', input);
  assert.match(input.said, /la limite est de 128/);
  assert.equal(input.shown, 1);
  assert.equal(send('submit', form), true);
  input.files = [file('juste.xml', 100)];
  send('change', input);
  assert.equal(input.said, '');
  assert.equal(send('submit', form), false);
});

test('a form that sends in parts, or no file, is left alone', () => {
  for (const more of [{ dataset: { depot: '/x' } }, { enctype: 'application/x-www-form-urlencoded' }]) {
    const { input, form, send } = scene([file('gros.zip', 5000)], more);
    send('change', input);
    assert.equal(send('submit', form), false);
    assert.equal(input.said || '', '');
  }
});

test('it is written beside its field, told to who cannot see, and taken away once it is mended', () => {
  const attributes = new Map([['aria-describedby', 'fichiers-aide']]);
  const held = [];
  const place = {
    ownerDocument: { createElement: () => ({ dataset: {}, setAttribute() {}, remove() { held.length = 0; } }) },
    querySelector: () => held[0] ?? null,
    append: (node) => held.push(node),
  };
  const input = {
    id: 'fichiers', closest: () => place, getAttribute: (name) => attributes.get(name) ?? null,
    setAttribute: (name, value) => attributes.set(name, value), removeAttribute: (name) => attributes.delete(name),
  };
  beside(input, 'Trop lourd.');
  beside(input, 'Bien trop lourd.');
  assert.deepEqual(held.map((node) => [node.textContent, node.id]), [['Bien trop lourd.', 'fichiers-poids']]);
  assert.deepEqual([...attributes], [['aria-describedby', 'fichiers-aide fichiers-poids'], ['aria-invalid', 'true']]);
  beside(input, '');
  assert.deepEqual([held.length, ...attributes], [0, ['aria-describedby', 'fichiers-aide']]);
});
