// Why: a text with a little form (bold, lists, quotations, links) written as one sees it. Without this script the field takes
// plain text; whatever is sent, the server writes it again from a short list of tags.
// Hooks: [data-editeur] holds a textarea (its data-html is what to begin with) and input[name=forme].

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

  const bar = document.createElement('div');
  bar.className = 'mg-editor__bar';
  bar.setAttribute('role', 'toolbar');
  bar.setAttribute('aria-label', 'Mise en forme');
  for (const [rank, [name, sign, words]] of TOOLS.entries()) {
    const button = document.createElement('button');
    Object.assign(button, { type: 'button', title: words, tabIndex: rank ? -1 : 0 });
    button.dataset.signe = sign;
    button.setAttribute('aria-label', words);
    button.addEventListener('mousedown', (event) => event.preventDefault());
    button.addEventListener('click', () => { area.focus(); command(name); });
    bar.append(button);
  }
  bar.addEventListener('keydown', (event) => {
    const buttons = [...bar.children];
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    const next = buttons[(buttons.indexOf(document.activeElement) + step + buttons.length) % buttons.length];
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
    event.preventDefault();
  });
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
