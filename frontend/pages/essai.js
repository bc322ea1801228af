// Why: in the simulation room the visitor plays the key holder too: his own trial bid is fetched back and opened here
// with the public test key, by the same worker that opens real bids.

import { badge, errorNote, focus, h, print, size, table } from './ui.js';

const WORDS = { intact: 'intact', altere: 'altéré', illisible: 'illisible', contexte: 'scellé pour un autre dépôt' };

export async function openTrial({ pressed, place, proof, sealer, base, identity }) {
  pressed.disabled = true;
  place.replaceChildren(h('p', { role: 'status' }, 'Ouverture de votre pli avec la clé d’essai…'));
  try {
    await sealer.call('presenter', { texte: identity });
    const opened = [];
    for (const p of proof.plis) {
      const row = { pli: p.pli, taille: p.taille, racine: p.racine };
      const url = `${base}/@@essai-chiffre?depot=${proof.depot}&pli=${p.pli}`;
      opened.push([p, await sealer.call('ouvrir', { row, url, session: `essai-${proof.depot}` })]);
    }
    await sealer.call('cacher');
    const title = h('h3', { tabindex: '-1' }, 'Votre pli d’essai est ouvert');
    place.replaceChildren(h('section', { class: 'mg-panel mg-stack' }, title,
      h('p', {}, 'C’est ce que verra l’acheteur, après la date limite, avec sa clé. Comparez les empreintes : ce sont celles de vos fichiers.'),
      opened.map(([p, r]) => h('div', { class: 'mg-stack' }, h('p', {}, `${p.libelle} : `, badge(r.verdict === 'intact' ? 'ok' : 'bad', WORDS[r.verdict]), r.verdict === 'intact' ? '' : ` ${r.message}`),
        table(p.libelle, [['Document'], ['Taille', { r: true }], ['Empreinte SHA-256', { short: 'SHA-256' }]], r.documents.map((d) => [d.nom, size(d.taille), print(d.sha256)]))))));
    focus(title);
  } catch (error) {
    place.replaceChildren(errorNote(error));
    pressed.disabled = false;
  }
}
