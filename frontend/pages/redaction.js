// Why: the texts of the site are typed with a few marks: buttons put them, and a preview shows beside what the page will be, as the
// server makes it. Hook: textarea.mg-marks with data-rendu, the address that makes HTML of a text.

import { toolbar } from './barre.js';
import { MARKS } from './marques.js';
import { french as h } from './typography.js';

const TOOLS = [
  ['gras', 'G', 'Gras (Ctrl+B)'], ['italique', 'I', 'Italique (Ctrl+I)'], ['intertitre', 'T', 'Intertitre'], ['liste', '•', 'Liste à puces'],
  ['numeros', '1.', 'Liste numérotée'], ['citation', '»', 'Citation'], ['lien', '↗', 'Lien'], ['image', '▣', 'Image du portail'],
];
const KEYS = { b: 'gras', i: 'italique' };
const PAUSE = 400; // milliseconds without typing before the preview is made again

function apply(field, name) {
  const before = field.value;
  const made = MARKS[name]({ text: before, start: field.selectionStart, end: field.selectionEnd });
  let same = 0;
  while (same < before.length && before[same] === made.text[same]) same += 1;
  let tail = 0;
  while (tail < before.length - same && tail < made.text.length - same && before.at(-1 - tail) === made.text.at(-1 - tail)) tail += 1;
  field.focus();
  field.setSelectionRange(same, before.length - tail);
  // typed as by hand, so that it can be undone
  const words = made.text.slice(same, made.text.length - tail);
  const done = words ? document.execCommand('insertText', false, words) : document.execCommand('delete');
  if (!done || field.value !== made.text) field.value = made.text;
  field.setSelectionRange(made.start, made.end);
  field.dispatchEvent(new Event('input', { bubbles: true }));
}

function preview(field) {
  const box = document.createElement('section');
  const title = document.createElement('p');
  const page = document.createElement('div');
  box.className = 'mg-preview';
  title.className = 't3';
  title.id = `${field.id}-rendu`;
  title.textContent = 'Aperçu';
  box.setAttribute('aria-labelledby', title.id);
  box.tabIndex = 0; // a long text scrolls inside, by keyboard too
  page.className = 'mg-prose';
  box.append(title, page);
  let wait = 0;
  let turn = 0;
  const draw = async () => {
    const mine = (turn += 1);
    if (!field.value.trim()) {
      page.textContent = h('Le texte tel que la page le montrera.');
      return;
    }
    const data = new FormData();
    data.set('texte', field.value);
    try {
      const token = field.form.querySelector('input[name=_authenticator]').value;
      const answer = await fetch(field.dataset.rendu, { method: 'POST', body: data, headers: { 'X-CSRF-TOKEN': token }, credentials: 'same-origin' });
      const found = await answer.json();
      if (mine !== turn) return;
      if (answer.ok) page.innerHTML = found.html;
      else page.textContent = h(found.message);
    } catch {
      if (mine === turn) page.textContent = h('L’aperçu ne répond pas : votre texte reste dans le champ, enregistrez-le.');
    }
  };
  field.addEventListener('input', () => { clearTimeout(wait); wait = setTimeout(draw, PAUSE); });
  draw();
  return box;
}

for (const field of document.querySelectorAll('textarea.mg-marks[data-rendu]')) {
  field.before(toolbar(TOOLS, (name) => apply(field, name)));
  field.after(preview(field));
  field.addEventListener('keydown', (event) => {
    const name = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && KEYS[event.key.toLowerCase()];
    if (!name) return;
    event.preventDefault();
    apply(field, name);
  });
}
