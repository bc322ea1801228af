// Why: documents of the company's vault join the files of an answer here: read by this page, sealed on this machine like the others.

import { PliError } from '../engine/errors.js';
import { api, badge, button, errorNote, h, say, size, vh } from './ui.js';

const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, '0')).join('');

/** What the vault holds; a vault that does not answer keeps nobody from depositing. */
export async function vaultOf(url) {
  if (!url) return [];
  try {
    return (await api(url)).documents;
  } catch (error) {
    console.warn(error);
    return [];
  }
}

/** Read a document of the vault as a File whose bytes are those that the vault told of. */
export async function fetchDocument(item) {
  let r;
  try {
    r = await fetch(item.adresse, { credentials: 'same-origin', cache: 'no-store' });
  } catch (cause) {
    throw new PliError('reseau', 'La plateforme ne répond pas : vérifiez votre connexion, puis recommencez.', { cause });
  }
  if (!r.ok || r.redirected) throw new PliError('coffre', `« ${item.titre} » n’a pas pu être lu au coffre-fort : rechargez la page.`);
  const data = await r.arrayBuffer();
  if (hex(await crypto.subtle.digest('SHA-256', data)) !== item.sha256) throw new PliError('coffre-empreinte', `« ${item.titre} » est arrivé abîmé du coffre-fort : recommencez.`);
  return new File([data], item.nom, { type: 'application/octet-stream' });
}

/** The list to pick from, for one envelope; nothing for a company whose vault is empty. */
export function vaultPicker(choice, key, title) {
  if (!choice.vault.length) return null;
  const status = h('p', { class: 'small', role: 'status', 'aria-live': 'polite' });
  const problem = h('div', {});
  const take = async (item, pressed) => {
    pressed.disabled = true;
    problem.replaceChildren();
    say(status, `Lecture de « ${item.titre} »…`);
    try {
      const file = await fetchDocument(item);
      say(status, '');
      choice.add(key, [file]);
    } catch (error) {
      say(status, '');
      problem.replaceChildren(errorNote(error));
      pressed.disabled = false;
    }
  };
  return h('details', { class: 'mg-more', 'data-coffre': key }, h('summary', {}, 'Prendre dans le coffre-fort', vh(` : ${title}`)),
    h('ul', { class: 'mg-files' }, choice.vault.map((item) => h('li', {},
      h('span', { class: 'name' }, item.titre), badge(item.etat, item.etat_libelle),
      h('span', { class: 'fig' }, h('span', {}, item.nom), h('span', {}, size(item.taille))),
      button(['Ajouter', vh(` ${item.titre}`)], (event) => take(item, event.currentTarget), { kind: 'quiet' })))), status, problem);
}
