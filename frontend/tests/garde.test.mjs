import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changed, guard } from '../pages/garde.js';

const text = (value, defaultValue) => ({ name: 'montant.0', type: 'text', value, defaultValue });
const list = (selectedIndex, ...marked) => ({ name: 'offre.0', type: 'select-one', selectedIndex, options: marked.map((defaultSelected) => ({ defaultSelected })) });

test('a text is changed when it differs from what the page brought', () => {
  assert.equal(changed(text('45 300', '')), true);
  assert.equal(changed(text('45 300', '45 300')), false);
  assert.equal(changed({ ...text('a', 'b'), name: '' }), false);
  assert.equal(changed({ ...text('a', 'b'), type: 'hidden' }), false);
});

test('a list without a choice of its own is not changed by showing its first line', () => {
  assert.equal(changed(list(0, false, false)), false);
  assert.equal(changed(list(1, false, true)), false);
  assert.equal(changed(list(0, false, true)), true);
  assert.equal(changed(list(1, false, false)), true);
});

test('boxes and files', () => {
  assert.equal(changed({ name: 'x', type: 'checkbox', checked: true, defaultChecked: false }), true);
  assert.equal(changed({ name: 'x', type: 'file', files: [] }), false);
  assert.equal(changed({ name: 'x', type: 'file', files: [1], value: 'a' }), true);
  assert.equal(changed({ name: 'x', type: 'submit', value: '1', defaultValue: '1' }), false);
});

function scene(...forms) {
  const page = new EventTarget();
  const made = forms.map(({ garde = '', elements = [] }) => Object.assign(new EventTarget(), { dataset: { garde }, elements }));
  guard(page, made);
  const leave = () => {
    const event = new Event('beforeunload', { cancelable: true });
    page.dispatchEvent(event);
    return event.defaultPrevented;
  };
  return { page, forms: made, leave };
}

test('leaving asks when something is typed and not sent, and no more once it is sent', () => {
  const { forms, leave, page } = scene({ elements: [text('', '')] });
  assert.equal(leave(), false);
  forms[0].elements[0].value = '12';
  assert.equal(leave(), true);
  forms[0].dispatchEvent(new Event('submit'));
  assert.equal(leave(), false);
  page.dispatchEvent(new Event('pageshow'));
  assert.equal(leave(), true);
});

test('values that were refused are not kept anywhere: leaving asks', () => {
  assert.equal(scene({ garde: 'refus', elements: [text('a', 'a')] }).leave(), true);
});
