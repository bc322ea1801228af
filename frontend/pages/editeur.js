// Why: a text with a little form (bold, lists, quotations, links) written as one sees it. Without this script the field takes
// plain text; whatever is sent, the server writes it again from a short list of tags.
// Hooks: [data-editeur] holds a textarea (its data-html is what to begin with) and input[name=forme].

import { toolbar } from './barre.js';
import { french as h } from './typography.js';

const TOOLS = [
  ['bold', 'G', 'Gras', 'Ctrl+G'], ['italic', 'I', 'Italique', 'Ctrl+I'],
  ['insertUnorderedList', '•', 'Liste à puces'], ['insertOrderedList', '1.', 'Liste numérotée'],
  ['formatBlock:blockquote', '»', 'Citation'], ['createLink', '↗', 'Lien'], ['removeFormat', '⌫', 'Enlever la mise en forme'],
];

function command(name) {
  const [verb, value] = name.split(':');
  if (verb === 'createLink') {
    const address = prompt(h('Adresse du lien'), 'https://');
    if (address && /^(https?:\/\/|mailto:)./.test(address)) document.execCommand('createLink', false, address);
    return;
  }
  if (verb === 'removeFormat') document.execCommand('unlink');
  const inside = verb === 'formatBlock' && getSelection().anchorNode?.parentElement?.closest('blockquote');
  if (inside) document.execCommand('outdent');
  else document.execCommand(verb, false, value);
}

function dress(box) {
  const field = box.querySelector('textarea');
  const form = field.form;
  const label = box.querySelector('label');
  const shape = form.querySelector('input[name=forme]');
  const area = document.createElement('div');
  Object.assign(area, { className: 'mg-input mg-prose mg-editor__area', contentEditable: 'true' });
  label.id ||= `${field.id}-nom`;
  area.setAttribute('role', 'textbox');
  area.setAttribute('aria-multiline', 'true');
  area.setAttribute('aria-labelledby', label.id);
  area.innerHTML = field.dataset.html ?? '';
  if (!field.dataset.html && field.value) area.innerText = field.value;
  document.execCommand('defaultParagraphSeparator', false, 'p');

  const bar = toolbar(TOOLS, (name) => { area.focus(); command(name); });
  area.addEventListener('paste', (event) => {
    // what other programs copy brings their own pages along: only its words are wanted
    event.preventDefault();
    document.execCommand('insertText', false, event.clipboardData.getData('text/plain'));
  });
  field.required = false;
  field.hidden = true;
  box.querySelector('.mg-help')?.remove();
  field.removeAttribute('aria-describedby');
  label.htmlFor = '';
  label.addEventListener('click', () => area.focus());
  field.before(bar, area);
  const said = document.createElement('p');
  said.className = 'mg-error';
  said.setAttribute('role', 'alert');
  form.addEventListener('submit', (event) => {
    const empty = !area.textContent.trim();
    if (empty && !box.hasAttribute('data-facultatif')) {
      event.preventDefault();
      said.textContent = h('Rien n’est écrit : écrivez votre texte, puis recommencez.');
      box.append(said);
      area.focus();
      return;
    }
    field.value = empty ? '' : area.innerHTML;
    shape.value = 'html';
  });
  if (location.search.includes('citer=')) {
    area.focus();
    getSelection().selectAllChildren(area);
    getSelection().collapseToEnd();
  }
}

for (const box of document.querySelectorAll('[data-editeur]')) dress(box);
