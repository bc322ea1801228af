// Why: a text with a little form (bold, lists, quotations, links) written as one sees it. Without this script the field takes
// plain text; whatever is sent, the server writes it again from a short list of tags.
// Nothing typed is lost: letters that came before this script, or that follow « Citer » at once, are in the text.
// Hooks: [data-editeur] holds a textarea (its data-html is what to begin with) and input[name=forme]; a link whose address says
// citer= stands in the li of a message, whose text is .mg-prose and whose author header b; #repondre holds the answer.

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

const empty = (node) => !node.textContent.trim();

/** Leave the caret at the end of what is written, where one goes on. */
function goOn(area) {
  area.focus();
  const last = area.lastElementChild;
  getSelection().selectAllChildren(last === area.lastChild && last?.tagName === 'P' ? last : area);
  getSelection().collapseToEnd();
}

/** Add words as paragraphs; an empty last one takes the first. */
function addWords(area, words) {
  if (area.lastElementChild && empty(area.lastElementChild)) area.lastElementChild.remove();
  for (const block of words.trim().split(/\n{2,}/)) {
    const paragraph = document.createElement('p');
    paragraph.innerText = block;
    area.append(paragraph);
  }
  // a space at the end would not be drawn, and the next word would join the last one
  if (/[ \t]$/.test(words)) area.lastElementChild.append('\u00a0');
}

/** Write what the field holds: what the page brought, and what was typed while this script was on its way. */
function fill(area, field, shape) {
  const { value, defaultValue: brought } = field;
  area.innerHTML = field.dataset.html ?? '';
  if (!field.dataset.html && brought) area.innerText = brought;
  const begun = area.innerHTML;
  if (value === brought) return begun;
  if (shape.value === 'html') area.innerHTML = value; // the browser came back to a text this script had sent
  else if (value.startsWith(brought)) addWords(area, value.slice(brought.length));
  // the field took the focus by itself, at its start: what is answered to a quotation comes after it
  else if (value.endsWith(brought)) addWords(area, value.slice(0, value.length - brought.length));
  else area.innerText = value;
  return begun;
}

/** Quote a message of this page after what is already written. */
function quote(link, area) {
  const message = link.closest('li');
  const author = document.createElement('strong');
  author.textContent = message.querySelector('header b').textContent;
  const head = document.createElement('p');
  head.append(author, h(' :'));
  const said = message.querySelector('.mg-prose').cloneNode(true);
  for (const former of said.querySelectorAll('blockquote')) former.remove();
  const quoted = document.createElement('blockquote');
  quoted.append(head, ...said.childNodes);
  const next = document.createElement('p');
  next.append(document.createElement('br'));
  if (empty(area)) area.replaceChildren();
  else if (area.lastElementChild === area.lastChild && empty(area.lastChild)) area.lastChild.remove();
  area.append(quoted, next);
  goOn(area);
  area.dispatchEvent(new Event('input', { bubbles: true }));
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
  const begun = fill(area, field, shape);
  const held = document.activeElement === field;
  document.execCommand('defaultParagraphSeparator', false, 'p');

  const bar = toolbar(TOOLS, (name) => { area.focus(); command(name); });
  area.addEventListener('paste', (event) => {
    // what other programs copy brings their own pages along: only its words are wanted
    event.preventDefault();
    document.execCommand('insertText', false, event.clipboardData.getData('text/plain'));
  });
  const keep = () => {
    const same = area.innerHTML === begun;
    field.value = same ? field.defaultValue : empty(area) ? '' : area.innerHTML;
    shape.value = same ? 'texte' : 'html';
  };
  area.addEventListener('input', keep);
  keep();
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
    if (empty(area) && !box.hasAttribute('data-facultatif')) {
      event.preventDefault();
      said.textContent = h('Rien n’est écrit : écrivez votre texte, puis recommencez.');
      box.append(said);
      area.focus();
      return;
    }
    field.value = empty(area) ? '' : area.innerHTML;
    shape.value = 'html';
  });
  if (held || location.search.includes('citer=')) goOn(area);
  if (!form.closest('#repondre')) return;
  for (const link of document.querySelectorAll('a[href*="citer="]')) {
    link.addEventListener('click', (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
      event.preventDefault();
      quote(link, area);
    });
  }
}

for (const box of document.querySelectorAll('[data-editeur]')) dress(box);
