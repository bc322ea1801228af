// Why: anyone checks a receipt here without the platform's word: everything is computed in this tab, nothing is sent.
// Container: <div id="verifier" [data-cle="vkey of this platform's journal"]>.

import { hashBlob } from '../engine/open.js';
import { verifyReceipt } from '../engine/receipt.js';
import { badge, button, errorNote, focus, h, note, print, progress, size, stamp, table } from './ui.js';

const NAMES = { forme: 'Forme de l’accusé', cle: 'Clé du journal', engagement: 'Contenu', promesse: 'Promesse du journal', inclusion: 'Inscription au journal', horodatage: 'Horodatage RFC 3161', fichiers: 'Vos fichiers' };
const STATES = { ok: ['ok', 'Vérifié'], absent: ['', 'Non comparé'], refused: ['bad', 'Refusé'] };
const MAX = 16 << 20;

class Page {
  constructor(root) {
    this.root = root;
    this.result = h('div', { 'aria-live': 'polite' });
    const receipt = h('input', { type: 'file', id: 'accuse', accept: '.json,application/json', 'aria-describedby': 'accuse-aide' });
    const files = h('input', { type: 'file', id: 'accuse-fichiers', multiple: true, 'aria-describedby': 'fichiers-aide' });
    const key = h('input', { id: 'accuse-cle', class: 'mg-input', spellcheck: 'false', autocomplete: 'off', value: root.dataset.cle ?? '', 'aria-describedby': 'cle-aide' });
    const go = button('Vérifier', null, { kind: 'act', ic: 'shield', type: 'submit' });
    root.replaceChildren(h('div', { class: 'mg-stack mg-gap4' }, h('form', { class: 'mg-form', novalidate: true, onsubmit: async (event) => {
      event.preventDefault();
      go.disabled = true;
      try {
        await this.verify(receipt.files[0], [...files.files], key.value.trim());
      } catch (error) {
        this.result.replaceChildren(errorNote(error));
      }
      go.disabled = false;
      focus(this.result.firstChild);
    } }, h('div', { class: 'mg-field' }, h('label', { for: 'accuse' }, 'Accusé de dépôt (JSON)'), h('span', { class: 'mg-help', id: 'accuse-aide' }, 'Le fichier « accuse-….json » enregistré au moment du dépôt. Il est lu dans cet onglet et n’est pas envoyé.'), h('div', { class: 'mg-drop' }, receipt)),
    h('div', { class: 'mg-field' }, h('label', { for: 'accuse-fichiers' }, 'Fichiers à comparer (facultatif)'), h('span', { class: 'mg-help', id: 'fichiers-aide' }, 'Pour prouver que ce sont bien ceux du dépôt. Eux non plus ne sont pas envoyés.'), h('div', { class: 'mg-drop' }, files)),
    h('div', { class: 'mg-field' }, h('label', { for: 'accuse-cle' }, 'Clé publique du journal'), h('span', { class: 'mg-help', id: 'cle-aide' }, 'Prenez-la ailleurs que sur cette page si vous voulez vous passer de notre parole : bulletin officiel, règlement de consultation.'), key),
    h('div', { class: 'mg-row' }, go)), this.result));
  }

  async verify(file, others, key) {
    if (!file) throw Object.assign(new Error('Choisissez d’abord le fichier JSON de l’accusé.'), { code: 'fichier' });
    if (file.size > MAX) throw Object.assign(new Error(`Ce fichier fait ${size(file.size)} : un accusé fait au plus ${size(MAX)}.`), { code: 'taille' });
    let receipt;
    try {
      receipt = JSON.parse(await file.text());
    } catch (cause) {
      throw Object.assign(new Error('Ce fichier n’est pas du JSON : choisissez « accuse-….json », pas le PDF.'), { code: 'forme' });
    }
    const bar = progress('Empreintes des fichiers', 0, { big: true });
    const words = h('p', { role: 'status' });
    if (others.length) this.result.replaceChildren(words, bar);
    const total = others.reduce((n, f) => n + f.size, 0);
    let before = 0;
    const files = [];
    for (const f of others) {
      words.textContent = `Empreinte de « ${f.name} », ${size(f.size)}`;
      files.push({ name: f.name, sha256: await hashBlob(f, { progress: (n) => { bar.value = total ? (100 * (before + n)) / total : 100; } }) });
      before += f.size;
    }
    const checks = verifyReceipt(receipt, { key: key || undefined, files });
    const bad = checks.find((c) => c.state === 'refused');
    const e = receipt?.evenement ?? {};
    const late = e.hors_delai === true;
    const head = bad ? note('bad', 'Cet accusé n’est pas valable', h('p', {}, bad.message)) : note(late ? 'soon' : 'ok', late ? `Accusé valable, pli reçu hors délai le ${stamp(e.recu)}` : `Accusé valable : pli déposé le ${stamp(e.recu)}`, h('p', {}, `${e.deposant?.nom ?? ''} → ${e.acheteur?.nom ?? ''}, ${e.consultation?.reference ?? ''}, ${e.consultation?.objet ?? ''}`));
    head.dataset.verdict = bad ? 'refuse' : 'valable';
    this.result.replaceChildren(h('div', { class: 'mg-stack mg-gap3', tabindex: '-1' }, head,
      table('Points vérifiés dans cet onglet', [['Point'], ['Résultat'], ['Détail']], checks.map((c) => [NAMES[c.name], badge(...STATES[c.state]), c.message])),
      !bad && table('Documents de l’accusé', [['Document'], ['Taille'], ['Engagement']], e.documents.map((d) => [d.nom, size(d.taille), print(d.engagement)]))));
  }
}

const root = document.getElementById('verifier');
if (root) new Page(root);
