// Why: first state of the deposit page: lots and files, envelope by envelope, checked on the bidder's machine.

import { cleanName } from '../worker/checks.js';
import { vaultPicker } from './depot-coffre.js';
import { badge, button, count, h, icon, print, say, size, vh } from './ui.js';

const ROLES = { titulaire: 'titulaire', suppleant: 'suppléant', secours: 'secours' };
let counter = 0;

export const envelopeKey = (e) => `${e.lot ?? ''}/${e.enveloppe}`;
export const envelopeTitle = (e) => (e.lot ? `Lot ${e.lot}${e.lot_titre ? `, ${e.lot_titre}` : ''} : ${e.libelle.toLowerCase()}` : e.libelle);

/** Files chosen so far and what is known of them; survives redrawing. */
export class Choice {
  constructor(parameters, sealer, vault = []) {
    this.parameters = parameters;
    this.sealer = sealer;
    this.vault = vault;
    this.lots = [...new Set(parameters.enveloppes.map((e) => e.lot).filter(Boolean))];
    this.chosenLots = new Set(this.lots.length === 1 ? this.lots : []);
    this.files = new Map(parameters.enveloppes.map((e) => [envelopeKey(e), []]));
    this.queue = Promise.resolve();
    this.pending = 0;
    this.onchange = () => {};
    this.onsave = () => {};
  }

  get envelopes() {
    return this.parameters.enveloppes.filter((e) => !e.lot || this.chosenLots.has(e.lot));
  }

  get total() {
    return this.envelopes.reduce((n, e) => n + this.files.get(envelopeKey(e)).reduce((s, f) => s + f.file.size, 0), 0);
  }

  add(key, files, handles = []) {
    const list = this.files.get(key);
    for (const [i, file] of [...files].entries()) {
      const entry = { id: `piece-${++counter}`, name: cleanName(file.name), file, handle: handles[i] ?? null, state: 'attente', message: 'En attente', done: 0, sha256: null };
      list.push(entry);
      this.pending++;
      this.queue = this.queue.then(() => this.examine(key, entry));
    }
    this.onchange(key);
    this.onsave();
  }

  async examine(key, entry) {
    const list = this.files.get(key);
    if (!list.includes(entry)) {
      this.pending--;
      return;
    }
    entry.state = 'examen';
    entry.message = 'Contrôle en cours';
    const others = list.slice(0, list.indexOf(entry)).map((f) => f.name);
    const call = this.sealer.call('examiner', { file: entry.file, nom: entry.name, formats: this.parameters.formats, autres: others });
    const off = this.sealer.on((event) => {
      if (event.type !== 'empreinte' || event.id !== call.id) return;
      entry.done = event.fait / event.total;
      this.onchange(key, entry);
    });
    this.onchange(key, entry);
    try {
      const result = await call;
      Object.assign(entry, { state: result.ok ? 'ok' : 'bad', code: result.code, message: result.message, sha256: result.sha256 });
    } catch (error) {
      Object.assign(entry, { state: 'bad', code: error.code, message: error.message });
    }
    off();
    this.pending--;
    this.onchange(key);
  }

  remove(key, entry) {
    const list = this.files.get(key);
    list.splice(list.indexOf(entry), 1);
    // a duplicate refused because of this one may be right now
    for (const f of list.filter((x) => x.code === 'doublon')) {
      Object.assign(f, { state: 'attente', message: 'En attente' });
      this.pending++;
      this.queue = this.queue.then(() => this.examine(key, f));
    }
    this.onchange(key);
    this.onsave();
  }

  /** Lots of the company's other bids that stand, but those of the one this deposit replaces. */
  get standingLots() {
    const all = Object.entries(this.parameters.lots_deposes ?? {});
    return [...new Set(all.filter(([deposit]) => deposit !== this.replaces).flatMap(([, lots]) => lots))];
  }

  /** @returns {string} why these lots are too many for one company, or "" */
  tooManyLots() {
    const limit = this.parameters.lots_max;
    const all = [...new Set([...this.chosenLots, ...this.standingLots])].sort((a, b) => a.localeCompare(b, 'fr', { numeric: true }));
    if (limit == null || all.length <= limit) return '';
    const others = this.standingLots.filter((lot) => !this.chosenLots.has(lot));
    const already = others.length ? `, avec ceux déjà déposés (${others.join(', ')})` : '';
    return `Une entreprise répond à ${count(limit, 'lot', 'lots')} au plus ici, et vous en auriez ${all.length}${already} : décochez-en ${all.length - limit}.`;
  }

  /** @returns {{target: string, message: string}[]} what keeps the deposit from being sealed */
  problems() {
    const out = [];
    if (this.lots.length > 1 && !this.chosenLots.size) out.push({ target: 'depot-lots', message: 'Aucun lot n’est choisi : cochez au moins un lot.' });
    const tooMany = this.tooManyLots();
    if (tooMany) out.push({ target: 'depot-lots', message: tooMany });
    let any = false;
    for (const e of this.envelopes) {
      const list = this.files.get(envelopeKey(e));
      any ||= list.length > 0;
      for (const f of list) if (f.state === 'bad') out.push({ target: f.id, message: `${envelopeTitle(e)} : ${f.message}` });
      if (!list.length && e.obligatoire) out.push({ target: `ajout-${envelopeKey(e)}`, message: `${envelopeTitle(e)} : aucune pièce n’est choisie.` });
    }
    if (!any && !out.length) out.push({ target: 'depot-pieces', message: 'Aucune pièce n’est choisie : ajoutez au moins un fichier.' });
    if (this.total > this.parameters.taille_max) {
      out.push({ target: 'depot-pieces', message: `Vos pièces font ${size(this.total)}, ${size(this.parameters.taille_max)} au plus : allégez ou retirez des fichiers.` });
    }
    return out;
  }

  /** Envelopes with files, as the worker takes them. */
  selection() {
    return this.envelopes.filter((e) => this.files.get(envelopeKey(e)).length).map((e) => ({
      lot: e.lot, enveloppe: e.enveloppe, libelle: envelopeTitle(e),
      files: this.files.get(envelopeKey(e)).map((f) => ({ name: f.name, size: f.file.size, type: f.file.type || 'application/octet-stream', sha256: f.sha256, blob: f.file, lastModified: f.file.lastModified })),
    }));
  }

  handles() {
    const all = this.envelopes.filter((e) => this.files.get(envelopeKey(e)).length).map((e) => this.files.get(envelopeKey(e)).map((f) => f.handle));
    return all.flat().every(Boolean) ? all : null;
  }
}

function fileRow(choice, key, entry) {
  const kind = { ok: 'ok', bad: 'bad', examen: 'run', attente: '' }[entry.state];
  const word = entry.state === 'bad' ? { format: 'Format refusé', nom: 'Nom refusé', doublon: 'Nom en double', vide: 'Fichier vide', pdf: 'PDF abîmé', zip: 'Archive abîmée' }[entry.code] ?? 'Refusée'
    : entry.state === 'examen' ? `Contrôle ${Math.floor(entry.done * 100)} %` : entry.message;
  return [
    h('span', { id: entry.id, tabindex: '-1', title: entry.sha256 ? `SHA-256 ${entry.sha256}` : null }, entry.name),
    size(entry.file.size),
    h('span', { 'data-etat': entry.id }, badge(kind, word)),
    button(['Retirer', vh(` ${entry.name}`)], () => choice.remove(key, entry), { kind: 'quiet' }),
  ];
}

function envelopeSection(choice, e) {
  const key = envelopeKey(e);
  const list = choice.files.get(key);
  const bad = list.filter((f) => f.state === 'bad');
  const waiting = list.some((f) => f.state === 'examen' || f.state === 'attente');
  const state = bad.length ? badge('bad', count(bad.length, 'pièce refusée', 'pièces refusées')) : waiting ? badge('run', 'Contrôle en cours')
    : list.length ? badge('ok', count(list.length, 'pièce prête', 'pièces prêtes')) : badge('', e.obligatoire ? 'Vide' : 'Vide, facultative');
  const input = h('input', { type: 'file', id: `ajout-${key}`, multiple: true, 'aria-describedby': `aide-${key}`, onchange: (event) => {
    choice.add(key, event.target.files);
    event.target.value = '';
  } });
  const formats = choice.parameters.formats;
  const drop = h('div', { class: 'mg-drop' },
    h('label', { class: 'mg-label', for: `ajout-${key}` }, list.length ? 'Ajouter des pièces' : 'Choisir les pièces', vh(` : ${envelopeTitle(e)}`)),
    h('span', { class: 'mg-help', id: `aide-${key}` }, `${formats.length ? `${formats.map((f) => f.toUpperCase()).join(', ')}. ` : ''}Choisissez ou glissez ici. ${size(choice.total)} sur ${size(choice.parameters.taille_max)} permis pour l’ensemble.`), input);
  const section = h('section', { class: 'mg-env', 'aria-labelledby': `titre-${key}`, 'data-enveloppe': key },
    h('header', {}, h('h3', { id: `titre-${key}` }, envelopeTitle(e)), state),
    h('div', { class: 'mg-stack' },
      list.length ? depotTable(e, list.map((f) => fileRow(choice, key, f))) : null,
      bad.map((f) => h('p', { class: 'mg-error' }, icon('st-bad'), h('span', {}, f.message))), drop, vaultPicker(choice, key, envelopeTitle(e))));
  for (const type of ['dragenter', 'dragover']) {
    section.addEventListener(type, (event) => {
      if (![...event.dataTransfer.types].includes('Files')) return;
      event.preventDefault();
      event.dataTransfer.dropEffect = 'copy';
      drop.classList.add('mg-drop--over');
    });
  }
  section.addEventListener('dragleave', () => drop.classList.remove('mg-drop--over'));
  section.addEventListener('drop', async (event) => {
    event.preventDefault();
    const items = [...event.dataTransfer.items].filter((i) => i.kind === 'file');
    // both must be asked for before the event ends
    const files = items.map((i) => i.getAsFile());
    const asked = items.map((i) => i.getAsFileSystemHandle?.() ?? null);
    const handles = await Promise.all(asked.map((p) => Promise.resolve(p).catch(() => null)));
    const kept = files.map((f, i) => [f, handles[i]]).filter(([f, hd]) => f && hd?.kind !== 'directory' && !(hd === null && f.size === 0 && !f.type));
    choice.add(key, kept.map(([f]) => f), kept.map(([, hd]) => hd));
  });
  return section;
}

function depotTable(e, rows) {
  const columns = [['Pièce'], ['Taille', { r: true }], ['Contrôle sur votre poste', { short: 'Contrôle' }], ['Action', { hidden: true }]];
  return h('div', { class: 'mg-tablebox' }, h('table', { class: 'mg-table', role: 'table' }, h('caption', { class: 'vh' }, `Pièces : ${envelopeTitle(e)}`),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, columns.map(([label, o = {}]) => h('th', { scope: 'col', role: 'columnheader', class: o.r ? 'r' : null }, o.hidden ? vh(label) : label)))),
    h('tbody', { role: 'rowgroup' }, rows.map((cells) => h('tr', { role: 'row' }, cells.map((cell, i) => (i === 0 ? h('th', { scope: 'row', role: 'rowheader' }, cell)
      : h('td', { role: 'cell', class: columns[i][1]?.r ? 'r' : null, 'data-l': columns[i][1]?.hidden ? null : columns[i][1]?.short ?? columns[i][0] }, h('span', {}, cell))))))) ));
}

/** Draw the state; returns the node. `submit(selection)` is called once everything is checked and right. */
export function choiceView({ choice, submit, aside, before = [] }) {
  const p = choice.parameters;
  const live = h('p', { class: 'vh', role: 'status', 'aria-live': 'polite' });
  const errors = h('div', {});
  const sections = h('div', { class: 'mg-stack mg-gap4' });
  const send = button('Sceller et déposer', null, { kind: 'act', ic: 'lock', big: true, type: 'submit' });
  const hint = h('span', { class: 'small soft' });

  const drawSections = () => sections.replaceChildren(...choice.envelopes.map((e) => envelopeSection(choice, e)));
  const refresh = () => {
    say(hint, choice.pending ? `Contrôle en cours : encore ${count(choice.pending, 'pièce', 'pièces')}` : choice.total ? `${size(choice.total)} en tout` : '');
    if (!choice.pending) say(live, choice.total ? `Contrôle terminé, ${size(choice.total)} en tout` : '');
  };
  choice.onchange = (key, entry) => {
    if (entry) {
      const cell = sections.querySelector(`[data-etat="${entry.id}"]`);
      if (cell) cell.replaceChildren(badge('run', `Contrôle ${Math.floor(entry.done * 100)} %`));
    } else {
      const focused = document.activeElement?.id;
      const e = choice.envelopes.find((x) => envelopeKey(x) === key);
      const old = [...sections.children].find((s) => s.dataset.enveloppe === key);
      if (e && old) old.replaceWith(envelopeSection(choice, e));
      if (focused) document.getElementById(focused)?.focus();
    }
    refresh();
  };
  const lots = choice.lots.length > 1 && h('fieldset', { class: 'mg-field', id: 'depot-lots', tabindex: '-1' }, h('legend', {}, 'Lots auxquels vous répondez'), p.lots_max != null && h('span', { class: 'mg-help' }, `${count(p.lots_max, 'lot', 'lots')} au plus par entreprise.`), choice.lots.map((lot) => {
    const title = p.enveloppes.find((e) => e.lot === lot).lot_titre;
    return h('label', { class: 'mg-opt' }, h('input', { type: 'checkbox', name: 'lot', value: lot, checked: choice.chosenLots.has(lot), onchange: (event) => {
      if (event.target.checked) choice.chosenLots.add(lot);
      else choice.chosenLots.delete(lot);
      choice.onsave();
      drawSections();
      refresh();
    } }), h('span', {}, `Lot ${lot}${title ? `, ${title}` : ''}`));
  }));
  const form = h('form', { class: 'mg-stack mg-gap4', 'aria-labelledby': 'depot-pieces', novalidate: true, onsubmit: async (event) => {
    event.preventDefault();
    send.disabled = true;
    await choice.queue;
    while (choice.pending) await choice.queue;
    send.disabled = false;
    const problems = choice.problems();
    if (!problems.length) {
      submit(choice.selection());
      return;
    }
    const box = h('div', { class: 'mg-errors', role: 'alert', tabindex: '-1' }, h('h3', {}, problems.length > 1 ? `${problems.length} points à corriger avant de sceller` : 'Un point à corriger avant de sceller'),
      h('ul', {}, problems.map(({ target, message }) => h('li', {}, h('a', { href: `#${encodeURIComponent(target)}`, onclick: (click) => {
        click.preventDefault();
        document.getElementById(target)?.focus();
      } }, message)))), h('p', { class: 'small' }, 'Rien n’est perdu : les autres pièces restent choisies. Rien n’a été envoyé.'));
    errors.replaceChildren(box);
    box.focus();
  } }, h('h2', { id: 'depot-pieces', tabindex: '-1' }, 'Vos pièces, enveloppe par enveloppe'), ...before, lots || null, errors, sections, h('div', { class: 'mg-row' }, send, hint), live);
  drawSections();
  refresh();
  return h('div', { class: 'mg-cols' }, form, aside);
}

/** What a person should know beside the form: what happens, and for which keys. */
export function sideNotes(p, { cli, help } = {}) {
  const keys = p.destinataires.flatMap((d, i) => [i ? ', ' : '', `${ROLES[d.role] ?? d.role} `, print(d.fingerprint)]);
  return h('aside', { class: 'mg-stack mg-gap3', 'aria-label': 'Ce qu’il faut savoir' },
    h('div', { class: 'mg-panel mg-panel--sand mg-stack' }, h('h2', { class: 't3' }, 'Ce qui va se passer'),
      h('p', {}, 'Vos fichiers sont chiffrés sur votre poste avant l’envoi. La plateforme ne peut pas les lire ; l’acheteur ne le peut qu’à l’ouverture, avec sa clé.'),
      h('p', {}, 'Jusqu’à la date limite vous pouvez remplacer ou retirer votre pli.'),
      h('p', { class: 'small soft' }, `Scellé pour ${count(p.destinataires.length, 'clé', 'clés')} : `, keys, '. Comparez ces empreintes à celles du règlement de consultation.')),
    cli && h('p', { class: 'small' }, icon('terminal'), ' Ce navigateur ne convient pas ? ', h('a', { href: cli }, 'Déposer depuis un terminal')),
    help && h('p', { class: 'small' }, icon('chat'), ' ', h('a', { href: help }, 'Joindre l’assistance')));
}
