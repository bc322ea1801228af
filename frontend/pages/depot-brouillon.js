// Why: a draft of an answer (lots and files chosen) stays on the bidder's own computer, in this browser; nothing of it is sent.

import { bestStore } from '../worker/store.js';
import { button, count, h, icon, say, size, stamp } from './ui.js';

/** Beyond this the list is kept, not the files: a browser gives no more room for certain. */
export const MOST = 500_000_000;

/** What is kept of a choice: lots, and each file with its envelope; `whole` false when the files themselves are not. */
export function snapshot(choice, at = Date.now()) {
  const pieces = [];
  for (const [key, list] of choice.files) for (const f of list) pieces.push({ key, name: f.name, size: f.file.size, file: f.file });
  const whole = pieces.reduce((n, p) => n + p.size, 0) <= MOST;
  return { v: 1, at, lots: [...choice.chosenLots], whole, pieces: whole ? pieces : pieces.map(({ file, ...rest }) => rest) };
}

/** Put a draft into a choice; returns what could not be put back: names of files to choose again. */
export function restore(draft, choice) {
  const missing = [];
  for (const lot of draft.lots) if (choice.lots.includes(lot)) choice.chosenLots.add(lot);
  for (const p of draft.pieces) {
    // an envelope or a lot that the consultation has no more, or a file that was too large to keep
    if (!p.file || !choice.files.has(p.key)) missing.push(p.name);
    else choice.add(p.key, [p.file]);
  }
  return missing;
}

/** The draft of one person for one consultation on this computer. */
export class Draft {
  constructor(store, consultation, who) {
    this.store = store;
    this.key = `brouillon/${consultation}/${who}`;
    this.on = false;
    this.at = null;
    this.queue = Promise.resolve();
    this.onstate = () => {};
  }

  static async open(parameters) {
    const { store, durable } = await bestStore();
    return durable ? new Draft(store, parameters.consultation, parameters.deposant) : null;
  }

  async load() {
    const kept = await this.store.get(this.key).catch(() => undefined);
    if (kept?.v !== 1) return null;
    this.on = true;
    this.at = kept.at;
    return kept;
  }

  /** Keep the choice as it is now; saves follow one another, the last one counts. */
  save(choice) {
    if (!this.on) return this.queue;
    this.queue = this.queue.then(async () => {
      if (!this.on) return;
      const kept = snapshot(choice);
      try {
        await this.store.put(this.key, kept);
        this.at = kept.at;
        this.onstate(kept.whole ? '' : `Vos pièces dépassent ${size(MOST)} : seule leur liste est gardée, vous les choisirez de nouveau.`);
      } catch (error) {
        console.warn(error);
        try {
          await this.store.put(this.key, { ...kept, whole: false, pieces: kept.pieces.map(({ file, ...rest }) => rest) });
          this.at = kept.at;
          this.onstate('Ce navigateur manque de place : seule la liste de vos pièces est gardée, vous les choisirez de nouveau.');
        } catch (again) {
          console.warn(again);
          this.onstate('Ce navigateur refuse de garder le brouillon : gardez vos fichiers dans un dossier.');
        }
      }
    });
    return this.queue;
  }

  async erase() {
    this.on = false;
    this.at = null;
    await this.queue;
    await this.store.delete(this.key);
  }
}

/** The panel of the first state: keep or not, when it was kept, erase. */
export function draftPanel(draft, choice, found) {
  if (!draft) return null;
  const state = h('p', { class: 'small soft', role: 'status', 'aria-live': 'polite' });
  const problem = h('p', { class: 'small' });
  const box = h('input', { type: 'checkbox', id: 'brouillon', checked: draft.on, onchange: async (event) => {
    draft.on = event.target.checked;
    if (draft.on) await draft.save(choice);
    else await draft.erase();
    tell();
  } });
  const erase = button('Effacer le brouillon de cet ordinateur', async () => {
    await draft.erase();
    box.checked = false;
    say(problem, '');
    tell();
  }, { kind: 'quiet' });
  const tell = () => {
    say(state, draft.at ? `Gardé sur cet ordinateur le ${stamp(draft.at)}. Rien n’est envoyé.` : 'Aucun brouillon sur cet ordinateur. Rien n’est envoyé.');
    erase.hidden = !draft.at;
  };
  draft.onstate = (words) => {
    say(problem, words);
    tell();
  };
  tell();
  return h('div', { class: 'mg-panel mg-stack mg-gap1', 'data-brouillon': true },
    found && h('p', {}, icon('history'), ` Brouillon du ${stamp(found.at)} retrouvé : ${count(found.pieces, 'pièce', 'pièces')}.`,
      found.missing.length ? ` À choisir de nouveau : ${found.missing.join(', ')}.` : ''),
    h('label', { class: 'mg-opt' }, box, h('span', {}, 'Garder un brouillon sur cet ordinateur')),
    h('p', { class: 'small soft' }, 'Vos lots et vos pièces restent dans ce navigateur, tels quels et non chiffrés, jusqu’au dépôt ou à l’effacement : ne le faites pas sur un poste partagé.'),
    state, problem, h('div', {}, erase));
}
