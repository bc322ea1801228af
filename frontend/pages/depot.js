// Why: the deposit page. Container: <div id="depot" data-base="CONSULTATION_URL" [data-verifier] [data-cli] [data-aide] [data-sprite]>;
// its no-JavaScript notice is replaced by this interface.

import { Draft, draftPanel, restore } from './depot-brouillon.js';
import { Choice, choiceView, envelopeKey, sideNotes } from './depot-choix.js';
import { vaultOf } from './depot-coffre.js';
import { receiptView, RunView } from './depot-envoi.js';
import { openTrial } from './essai.js';
import { api, button, clock, count, duration, errorNote, focus, h, icon, longDay, note, say, Sealer, ServerClock, size, stamp, time, vh } from './ui.js';

const STEPS = ['Pièces', 'Sceller et déposer', 'Accusé'];

class DepositPage {
  constructor(root) {
    this.root = root;
    this.base = root.dataset.base.replace(/\/$/, '');
    this.sealer = new Sealer();
    this.running = null;
    this.view = null;
    this.replaces = root.dataset.remplace || undefined;
    addEventListener('beforeunload', (event) => {
      if (!this.running && !this.choice?.total) return;
      event.preventDefault();
      event.returnValue = '';
    });
    this.sealer.on((event) => {
      if (event.type === 'plan') this.plan = event;
      else this.view?.event?.(event);
    });
  }

  async load() {
    this.root.replaceChildren(h('p', { role: 'status' }, 'Préparation de votre dépôt…'));
    const before = Date.now();
    this.parameters = await api(`${this.base}/@@depot-parametres`);
    this.clock = new ServerClock(this.parameters.serveur, Date.now() - before);
    this.engine = await this.sealer.call('moteur');
    this.vault = (await Promise.all([vaultOf(this.root.dataset.groupement), vaultOf(this.root.dataset.coffre)])).flat();
    this.draft = await Draft.open(this.parameters);
    const waiting = await this.sealer.call('enAttente', { consultation: this.parameters.consultation });
    if (!this.parameters.destinataires?.length) {
      this.show(0, note('bad', 'Cette consultation n’a pas encore de clé publique', h('p', {}, 'On ne peut pas y déposer de pli. Rien n’a été envoyé ; prévenez l’acheteur.')));
    } else if (waiting?.ailleurs) {
      this.show(1, note('soon', 'Un envoi est en cours dans un autre onglet', h('p', {}, 'Un seul onglet à la fois envoie un dépôt pour cette consultation. Rien n’est perdu : suivez-le là-bas.'),
        h('div', { class: 'mg-row' }, button('Regarder de nouveau', () => location.reload()))));
    } else if (waiting) this.offerResume(waiting);
    else {
      await this.findDraft();
      this.choose();
    }
  }

  /** A draft of an earlier visit on this computer goes into a new choice. */
  async findDraft() {
    const kept = await this.draft?.load();
    if (!kept) return;
    this.choice = new Choice(this.parameters, this.sealer, this.vault);
    const missing = restore(kept, this.choice);
    this.found = { at: kept.at, pieces: kept.pieces.length - missing.length, missing };
  }

  /** Shell of every state: deadline, clock, steps. */
  show(step, ...content) {
    const p = this.parameters;
    const left = h('p', { class: 'mg-deadline__left' });
    const now = h('p', { class: 'mg-deadline__date' });
    const box = h('section', { class: 'mg-deadline mg-deadline--slim', 'aria-labelledby': 'depot-limite' }, h('h2', { class: 'vh', id: 'depot-limite' }, 'Date limite'),
      h('div', { class: 'mg-deadline__in' },
        h('div', {}, h('p', { class: 'small soft' }, 'Dernier octet reçu avant le'), h('p', { class: 'mg-deadline__date' }, time(p.echeance, `${longDay(p.echeance)}, ${clock(p.echeance)}`))),
        h('div', { class: 'mg-deadline__cell' }, h('p', { class: 'small soft' }, 'Il reste'), left),
        h('div', { class: 'mg-deadline__acts' }, h('div', {}, h('p', { class: 'small soft' }, 'Heure du serveur (Paris)'), now))));
    clearInterval(this.ticker);
    const tick = () => {
      const ms = Date.parse(p.echeance) - this.clock.now();
      say(left, ms > 0 ? duration(ms / 1000) : 'Date limite passée');
      say(now, clock(this.clock.now()));
      box.classList.toggle('mg-deadline--soon', ms < 86400e3);
    };
    tick();
    this.ticker = setInterval(tick, 500);
    const map = h('ol', { class: 'mg-map', 'aria-label': 'Étapes du dépôt' }, STEPS.map((name, i) => h('li', { class: i < step ? 'done' : null, 'aria-current': i === step ? 'step' : null }, name, i < step ? vh(' (fait)') : null)));
    this.root.replaceChildren(h('div', { class: 'mg-stack mg-gap4' }, h('div', { class: 'mg-stack mg-gap3' }, box, map), ...content.filter(Boolean)));
  }

  notices() {
    const out = [];
    const last = this.parameters.dernier_depot;
    if (Date.parse(this.parameters.echeance) < this.clock.now()) {
      out.push(note('bad', 'La date limite est passée', h('p', {}, 'Vous pouvez encore déposer : votre pli sera gardé scellé et marqué hors délai. L’acheteur n’est pas tenu de l’ouvrir.')));
    }
    if (last && last.etat !== 'retire') {
      out.push(note('', `Vous avez déjà un pli, déposé le ${stamp(last.recu)}`, h('p', {}, `Numéro ${last.numero}. Un nouveau dépôt le remplacera en entier : remettez-y toutes vos pièces, pour tous vos lots. Les deux restent au registre.`),
        h('div', { class: 'mg-row' }, h('a', { href: last.accuse }, 'Voir son accusé'), this.clock.now() < Date.parse(this.parameters.echeance) ? button('Retirer ce pli', () => this.withdraw(last), { kind: 'quiet' }) : null)));
    }
    if (!this.engine.durable) out.push(note('soon', null, h('p', {}, 'Cette fenêtre ne garde rien (navigation privée) : un envoi coupé reprendra tant que l’onglet reste ouvert, mais pas après un rechargement.')));
    return out;
  }

  choose(...before) {
    this.choice ??= new Choice(this.parameters, this.sealer, this.vault);
    this.choice.replaces = this.replaced;
    this.choice.onsave = () => this.draft?.save(this.choice);
    this.show(0, choiceView({
      choice: this.choice,
      before: [...before, ...this.notices(), draftPanel(this.draft, this.choice, this.found)],
      aside: sideNotes(this.parameters, { cli: this.root.dataset.cli, help: this.root.dataset.aide }),
      submit: (selection) => this.send(selection),
    }));
  }

  /** The deposit that the next one takes the place of: the one the address names, else the last that stands. */
  get replaced() {
    const last = this.parameters.dernier_depot;
    return this.replaces ?? (last && last.etat !== 'retire' ? last.depot : null);
  }

  async send(selection) {
    const replaces = this.replaced;
    await this.run({
      plis: selection.map((s) => ({ libelle: s.libelle, documents: s.files })),
      args: { enveloppes: selection, remplace: replaces, handles: this.choice.handles() },
      again: () => this.choose(note('soon', 'Un fichier a changé depuis que vous l’avez choisi', h('p', {}, 'Rien de faux n’a été gardé. Retirez-le, choisissez-le de nouveau, puis déposez : le pli sera scellé avec une nouvelle clé.'))),
      blobs: (plan) => Object.fromEntries(plan.plis.map((p, i) => [p.pli, selection[i].files.map((f) => f.blob)])),
    });
  }

  /** Run a deposit until its receipt, a pause or a refusal. */
  async run({ plis, args, blobs, again }) {
    let reprise = args.reprise ?? null;
    const go = async () => {
      view.resume();
      const call = this.sealer.call('deposer', { base: this.base, parametres: this.parameters, ...args, ...(reprise ? { reprise } : {}) });
      this.running = call.id;
      try {
        const proof = await call;
        this.running = null;
        this.choice = null;
        this.found = null;
        await this.draft?.erase().catch((error) => console.warn(error));
        this.receipt(proof);
      } catch (error) {
        this.running = null;
        if (this.plan && !reprise) reprise = blobs(this.plan);
        if (error.code === 'interrompu') view.pause();
        else if (error.code === 'empreinte' || error.code === 'lecture' || error.code === 'contexte-change') {
          await this.sealer.call('oublier', { consultation: this.parameters.consultation });
          this.parameters = await api(`${this.base}/@@depot-parametres`).catch(() => this.parameters);
          again(error);
        } else view.fail(errorNote(error));
      }
    };
    const view = new RunView({
      parameters: this.parameters,
      plis,
      onPause: () => this.sealer.stop(this.running),
      onResume: async () => {
        try {
          this.parameters = await api(`${this.base}/@@depot-parametres`);
        } catch (error) {
          if (error.code !== 'reseau') {
            view.fail(errorNote(error));
            return;
          }
        }
        await go();
      },
      onAbandon: () => this.confirm('Abandonner ce dépôt ?', 'Ce qui est déjà envoyé ne sera pas gardé comme un pli, et rien ne sera remis à l’acheteur. Vos fichiers restent sur votre poste.', 'Abandonner ce dépôt', async () => {
        if (this.running) await this.sealer.stop(this.running);
        await this.sealer.call('oublier', { consultation: this.parameters.consultation });
        view.event = () => {};
        this.running = null;
        this.choose();
      }),
    });
    this.view = view;
    this.plan = null;
    this.show(1, view.node);
    focus(view.title);
    await go();
  }

  receipt(proof) {
    this.view = null;
    this.show(2, receiptView({
      proof, parameters: this.parameters, verifier: this.root.dataset.verifier, now: this.clock.now(),
      onAgain: async () => {
        this.replaces = proof.depot;
        this.parameters = await api(`${this.base}/@@depot-parametres`).catch(() => this.parameters);
        this.choose();
      },
      onWithdraw: () => this.withdraw(proof.reponse),
      onTrial: this.root.dataset.essai ? (pressed, place) => openTrial({ pressed, place, proof, sealer: this.sealer, base: this.base, identity: this.root.dataset.essai }) : null,
    }));
    const line = document.getElementById('fin');
    document.title = `${proof.reponse.hors_delai ? 'Hors délai' : 'Pli déposé'} — ${this.parameters.reference}`;
    focus(line);
  }

  withdraw(deposit) {
    this.confirm(`Retirer le pli ${deposit.numero} ?`, 'L’acheteur ne l’ouvrira pas. Le pli et son retrait restent inscrits au registre. Vous pourrez déposer de nouveau jusqu’à la date limite.', 'Retirer ce pli', async () => {
      await this.sealer.call('retirer', { base: this.base, token: this.parameters.authenticator, depot: deposit.depot });
      this.parameters = await api(`${this.base}/@@depot-parametres`);
      this.replaces = null;
      this.choose(note('ok', `Pli ${deposit.numero} retiré à ${clock(this.clock.now())}`, h('p', {}, 'Vous pouvez déposer un autre pli jusqu’à la date limite.')));
    });
  }

  confirm(title, words, label, act) {
    const problem = h('div', {});
    const dialog = h('dialog', { class: 'mg-panel mg-stack', 'aria-labelledby': 'depot-question' }, h('h2', { class: 't3', id: 'depot-question' }, title), h('p', {}, words), problem,
      h('div', { class: 'mg-row' }, button(label, async (event) => {
        event.target.disabled = true;
        try {
          await act();
          dialog.close();
        } catch (error) {
          problem.replaceChildren(errorNote(error));
          event.target.disabled = false;
        }
      }, { kind: 'grave' }), button('Ne rien changer', () => dialog.close(), { autofocus: true })));
    dialog.addEventListener('close', () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  /** An unfinished deposit of an earlier visit. */
  offerResume(waiting) {
    const names = waiting.plis.flatMap((p) => p.documents.map((d) => ({ ...d, pli: p.pli, libelle: p.libelle })));
    const found = new Map();
    const list = h('ul', { class: 'mg-files' });
    const status = h('p', { class: 'small', role: 'status', 'aria-live': 'polite' });
    const go = button('Reprendre l’envoi', () => start(), { kind: 'act', ic: 'upload', big: true });
    const key = (d) => `${d.pli}/${d.name}`;
    const draw = () => {
      list.replaceChildren(...names.map((d) => h('li', {}, h('span', { class: 'name' }, d.name), found.has(key(d)) ? h('span', { class: 'mg-badge mg-badge--ok' }, icon('st-ok'), 'Retrouvée') : h('span', { class: 'mg-badge' }, icon('st-draft'), 'À choisir de nouveau'), h('span', { class: 'fig' }, h('span', {}, size(d.size)), h('span', {}, d.libelle)))));
      go.disabled = found.size < names.length;
      say(status, found.size < names.length ? `${count(names.length - found.size, 'pièce reste à retrouver', 'pièces restent à retrouver')}.` : 'Toutes les pièces sont là : l’envoi peut reprendre.');
    };
    const take = (files) => {
      for (const file of files) {
        const d = names.find((n) => !found.has(key(n)) && n.name === file.name.normalize('NFC').trim() && n.size === file.size) ?? names.find((n) => !found.has(key(n)) && n.size === file.size && n.lastModified === file.lastModified);
        if (d) found.set(key(d), file);
      }
      draw();
    };
    const start = () => this.run({
      plis: waiting.plis.map((p) => ({ libelle: p.libelle, documents: p.documents })),
      args: { reprise: Object.fromEntries(waiting.plis.map((p) => [p.pli, p.documents.map((d) => found.get(key({ ...d, pli: p.pli })))])) },
      blobs: () => null,
      again: (error) => {
        this.choice = new Choice(this.parameters, this.sealer, this.vault);
        for (const p of waiting.plis) {
          if (p.lot) this.choice.chosenLots.add(p.lot);
          const place = this.choice.files.has(envelopeKey(p)) ? envelopeKey(p) : null;
          if (place) this.choice.add(place, p.documents.map((d) => found.get(key({ ...d, pli: p.pli }))).filter(Boolean));
        }
        this.choose(note('soon', 'Le pli doit être scellé de nouveau', h('p', {}, error.message), h('p', {}, 'Vos pièces sont reprises ci-dessous. Vérifiez-les, puis déposez : une nouvelle clé sera utilisée, rien n’est remis deux fois.')));
      },
    });
    const handles = waiting.plis.every((p) => p.handles?.every(Boolean));
    const again = handles && button('Retrouver les pièces sur ce poste', async () => {
      for (const p of waiting.plis) {
        for (const [i, handle] of p.handles.entries()) {
          try {
            if ((await handle.requestPermission({ mode: 'read' })) !== 'granted') continue;
            const file = await handle.getFile();
            if (file.size === p.documents[i].size) found.set(key({ ...p.documents[i], pli: p.pli }), file);
          } catch (error) {
            console.warn(error); // moved or deleted: it is asked for by name below
          }
        }
      }
      draw();
    }, { ic: 'folder' });
    this.show(1, h('section', { class: 'mg-panel mg-run', 'aria-labelledby': 'reprise' }, h('h2', { id: 'reprise', tabindex: '-1' }, 'Un dépôt commencé attend sa fin'),
      h('p', {}, `Commencé le ${stamp(waiting.cree)} ; ${size(waiting.recu)} sur ${size(waiting.taille)} déjà reçus et gardés. Tant qu’il n’est pas terminé, l’acheteur n’a rien reçu de ce dépôt.`),
      h('p', {}, 'Par sécurité, un navigateur ne relit pas vos fichiers seul : choisissez de nouveau les mêmes. Leur contenu est comparé avant toute reprise.'), again || null,
      h('div', { class: 'mg-drop' }, h('label', { class: 'mg-label', for: 'reprise-pieces' }, 'Choisir de nouveau les pièces'), h('span', { class: 'mg-help', id: 'reprise-aide' }, 'Vous pouvez les choisir toutes en une fois.'), h('input', { type: 'file', multiple: true, id: 'reprise-pieces', 'aria-describedby': 'reprise-aide', onchange: (e) => take(e.target.files) })),
      list, status, h('div', { class: 'mg-row' }, go, button('Abandonner ce dépôt', () => this.confirm('Abandonner ce dépôt commencé ?', 'Ce qui est déjà envoyé ne sera pas remis à l’acheteur. Vous pourrez déposer de nouveau tout de suite.', 'Abandonner ce dépôt', async () => {
        await this.sealer.call('oublier', { consultation: this.parameters.consultation });
        this.choose();
      }), { kind: 'quiet' }))));
    draw();
  }
}

const root = document.getElementById('depot');
if (root) {
  const page = new DepositPage(root);
  page.load().catch((error) => root.replaceChildren(h('div', { class: 'mg-stack' }, errorNote(error, h('p', {}, 'Rien n’a été envoyé et rien n’est perdu.')), button('Recommencer', () => location.reload()))));
}
