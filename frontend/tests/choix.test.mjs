import assert from 'node:assert/strict';
import { test } from 'node:test';
import { choose } from '../pages/choix.js';

function scene(dataset) {
  const page = new EventTarget();
  const said = [];
  const field = { value: '', dispatchEvent: (event) => said.push(event.type), focus: () => said.push('focus') };
  const tree = { removeAttribute: (name) => said.push(`without ${name}`) };
  const link = { dataset, textContent: ' 8.4 Aménagement ', closest: (wanted) => (wanted.startsWith('a') ? link : tree) };
  page.getElementById = (id) => (id === 'matiere' ? field : null);
  choose(page);
  const click = (keys = {}) => {
    const event = Object.assign(new Event('click', { cancelable: true }), keys);
    Object.defineProperty(event, 'target', { value: link });
    page.dispatchEvent(event);
    return event.defaultPrevented;
  };
  return { field, said, click };
}

test('a branch goes into its field, the tree closes, the hand is back on the field', () => {
  const { field, said, click } = scene({ choix: 'matiere' });
  assert.equal(click(), true);
  assert.deepEqual([field.value, ...said], ['8.4 Aménagement', 'input', 'without open', 'focus']);
});

test('a link opened beside, or whose field is not there, is a link like another', () => {
  assert.equal(scene({ choix: 'matiere' }).click({ ctrlKey: true }), false);
  assert.equal(scene({ choix: 'autre' }).click(), false);
});
