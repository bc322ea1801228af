// Why: presenting a key is the same gesture in a drill, at registration and at an opening: a file and its passphrase,
// or a pasted identity; the secret goes to the worker and nowhere else.

import { button, errorNote, h } from './ui.js';

let n = 0;

/**
 * @param {{sealer, expected?: string, label, onkey(keys), paste?: boolean}} options expected: full fingerprint
 * @returns {HTMLElement} a form
 */
export function keyForm({ sealer, expected, label, onkey, paste = true, extra }) {
  const id = `cle-${++n}`;
  const file = h('input', { type: 'file', id: `${id}-f`, accept: '.age,.txt,.key', 'aria-describedby': `${id}-fh` });
  const phrase = h('input', { type: 'password', id: `${id}-p`, class: 'mg-input', autocomplete: 'off', spellcheck: 'false' });
  const text = h('textarea', { id: `${id}-t`, class: 'mg-input mono', rows: 4, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false', 'aria-describedby': `${id}-th` });
  const problem = h('div', {});
  const go = button(label, null, { kind: 'act', ic: 'key', type: 'submit' });
  const field = (l, node, help, helpId) => h('div', { class: 'mg-field' }, h('label', { for: node.id }, l), help && h('span', { class: 'mg-help', id: helpId }, help), node);
  return h('form', { class: 'mg-form', novalidate: true, onsubmit: async (event) => {
    event.preventDefault();
    problem.replaceChildren();
    go.disabled = true;
    const before = go.lastChild.textContent;
    go.lastChild.textContent = 'Calcul de la phrase secrète, quelques secondes…';
    try {
      if (!file.files.length && !text.value.trim()) throw Object.assign(new Error('Choisissez le fichier de clé (cle-….age) ou collez le texte de la feuille.'), { code: 'cle' });
      const args = text.value.trim() ? { texte: text.value, phrase: phrase.value } : { octets: await file.files[0].arrayBuffer(), phrase: phrase.value };
      const keys = await sealer.call('presenter', { ...args, attendue: expected });
      phrase.value = '';
      text.value = '';
      await onkey(keys);
    } catch (error) {
      const box = errorNote(error);
      problem.replaceChildren(box);
    } finally {
      go.disabled = false;
      go.lastChild.textContent = before;
    }
  } }, h('div', { class: 'mg-field' }, h('label', { for: file.id }, 'Fichier de clé'), h('span', { class: 'mg-help', id: `${id}-fh` }, 'Le fichier « cle-….age ». Il est lu sur ce poste et n’est pas envoyé.'), h('div', { class: 'mg-drop' }, file)),
  field('Phrase secrète', phrase),
  paste && h('details', { class: 'mg-more' }, h('summary', {}, 'Ou coller le texte de la feuille imprimée, ou de plusieurs feuilles de partage'), field('Texte du code de la feuille, ou des feuilles', text, 'Lisez chaque code avec un lecteur hors ligne et collez ici ce qu’il donne. Feuille protégée : tapez aussi la phrase secrète. Feuilles de partage (MEGALIS-PART-1…) : autant qu’il en faut, l’une après l’autre, sans phrase. Le texte reste dans la mémoire de cet onglet.', `${id}-th`)),
  extra, problem, h('div', { class: 'mg-row' }, go));
}
