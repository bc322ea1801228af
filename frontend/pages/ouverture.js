// Why: the opening session: the key stays in this tab, many bids are opened in one go, each verdict is shown and
// recorded, and nothing reaches the consultation's folder without an explicit act.
// Container: <div id="ouverture" data-base="CONSULTATION_URL" data-authenticator>.

import { keyForm } from './cle-presenter.js';
import { api, badge, button, count, download, duration, errorNote, focus, h, note, print, progress, say, Sealer, size, stations, table, time } from './ui.js';

const VERDICTS = { intact: ['ok', 'Intact'], altere: ['bad', 'Altéré'], illisible: ['bad', 'Illisible'], contexte: ['bad', 'Autre contexte'] };
const KINDS = { candidature: 'Candidatures', offre: 'Offres', technique: 'Offres techniques', financiere: 'Offres financières' };
const KIND = { candidature: 'Candidature', offre: 'Offre', technique: 'Offre technique', financiere: 'Offre financière' };
const ROLES = { titulaire: 'titulaire', suppleant: 'suppléant', secours: 'secours' };
const WORDS = {
  altere: 'Le contenu a changé entre le poste de l’entreprise et ici. L’original scellé est gardé tel que reçu ; les autres plis ne sont pas touchés. Demandez la copie de sauvegarde à l’entreprise et inscrivez le constat au procès-verbal.',
  illisible: 'Le pli est arrivé tel qu’envoyé mais ne s’ouvre pas avec cette clé ou n’a pas la forme d’un pli. Essayez une autre clé de la consultation, puis inscrivez le constat au procès-verbal.',
  contexte: 'Ce pli a été scellé pour un autre lot, une autre enveloppe, une autre entreprise ou une autre consultation : il n’est pas ouvert. Inscrivez le constat au procès-verbal.',
};

/** Whose bid, for which lot and envelope. */
const placeOf = (row) => [row.deposant_nom, row.lot && `lot ${row.lot}`, (KIND[row.enveloppe] ?? row.enveloppe).toLowerCase()].filter(Boolean).join(', ');

class Opening {
  constructor(root) {
    this.root = root;
    this.base = root.dataset.base.replace(/\/$/, '');
    this.token = root.dataset.authenticator;
    this.sealer = new Sealer();
    this.results = new Map();
    this.keys = null;
    this.run = null;
    this.live = h('p', { class: 'vh', role: 'status', 'aria-live': 'polite' });
    addEventListener('beforeunload', (event) => {
      if (this.run || [...this.results.values()].some((r) => r.documents.length && !r.saved)) event.preventDefault();
    });
    addEventListener('pagehide', () => this.sealer.call('cacher'));
    this.sealer.on((event) => {
      if (event.type === 'lecture') this.reading(event);
    });
  }

  async load() {
    const data = await api(`${this.base}/@@ouverture-plis`);
    this.data = Array.isArray(data) ? { plis: data, enveloppes: [...new Set(data.map((r) => r.enveloppe))], ouvertes: [], mes_cles: null } : data;
    this.token = this.data.authenticator ?? this.token;
    this.rows = this.data.plis;
  }

  async start() {
    this.root.replaceChildren(h('p', { role: 'status' }, 'Lecture du registre…'));
    await this.load();
    this.draw();
  }

  kinds() {
    return this.data.enveloppes.filter((k) => this.rows.some((r) => r.enveloppe === k));
  }

  draw() {
    const parts = [this.steps()];
    if (!this.rows.length) parts.push(this.nothing());
    else {
      parts.push(this.keys ? this.session() : this.keyPanel(), this.register());
      for (const [pli, r] of this.results) {
        const row = this.rows.find((x) => x.pli === pli);
        if (row) parts.push(r.verdict === 'intact' ? this.documents(row, r) : this.finding(row, r));
      }
    }
    this.root.replaceChildren(h('div', { class: 'mg-stack mg-gap4' }, ...parts.filter(Boolean), this.live));
  }

  steps() {
    const kinds = this.kinds();
    const todo = kinds.findIndex((k) => !this.complete(k));
    return stations('Étapes de l’ouverture', [
      ['Clôture', this.data.close === false ? 'en cours' : 'inscrite au journal', 'done'],
      ['Clé présentée', this.keys ? this.keys.map((k) => k.role).join(', ') : 'à faire', this.keys ? 'done' : 'here'],
      ...kinds.map((k, i) => [KINDS[k] ?? k, this.progressOf(k), this.complete(k) ? 'done' : this.keys && i === todo ? 'here' : 'next']),
      ['Procès-verbal', 'à signer', todo < 0 && kinds.length ? 'here' : 'next'],
    ]);
  }

  toOpen(kind) {
    return this.rows.filter((r) => r.enveloppe === kind && r.etat === 'a-ouvrir');
  }

  verdict(row) {
    const known = row.verdict;
    return this.results.get(row.pli)?.verdict ?? (known && typeof known === 'object' ? known.verdict : known) ?? null;
  }

  complete(kind) {
    return this.data.ouvertes.includes(kind) && this.toOpen(kind).every((r) => this.verdict(r));
  }

  progressOf(kind) {
    if (!this.data.ouvertes.includes(kind)) return 'à venir';
    const list = this.toOpen(kind);
    return `${list.filter((r) => this.verdict(r)).length} sur ${list.length}`;
  }

  keyPanel() {
    return h('section', { class: 'mg-panel mg-stack', 'aria-labelledby': 'presenter' }, h('h2', { id: 'presenter', tabindex: '-1' }, 'Présenter votre clé'),
      h('p', {}, 'Votre clé reste sur ce poste : elle est lue dans cet onglet, n’est pas enregistrée et n’est pas envoyée.'),
      this.data.mes_cles && h('p', { class: 'small' }, 'Clés attendues : ', this.data.mes_cles.flatMap((k, i) => [i ? ', ' : '', `${ROLES[k.role] ?? k.role} `, print(k.fingerprint)])),
      keyForm({ sealer: this.sealer, label: 'Présenter la clé', onkey: async (keys) => {
        const wanted = this.data.mes_cles ?? [...new Set(this.rows.flatMap((r) => r.contexte?.recipients ?? []))].map((fingerprint) => ({ fingerprint, role: 'clé' }));
        const mine = keys.map((k) => wanted.find((w) => w.fingerprint === k.fingerprint)).filter(Boolean);
        if (!mine.length) {
          await this.sealer.call('cacher');
          throw Object.assign(new Error(`Cette clé (${keys[0].fingerprint.slice(0, 16)}…) n’est pas une clé de cette consultation à votre nom. Choisissez le bon fichier.`), { code: 'cle' });
        }
        this.keys = mine.map((k) => ({ ...k, role: ROLES[k.role] ?? k.role }));
        this.draw();
        focus(this.root.querySelector('#seance'));
      } }));
  }

  /** No bid at all: a holder says so, which lets the procedure go on. */
  nothing() {
    const box = h('div', {});
    const done = this.data.ouvertes.length > 0;
    const act = button('Constater qu’aucun pli n’a été déposé', async () => {
      try {
        await api(`${this.base}/@@ouverture-demarrer`, { method: 'POST', body: { enveloppe: this.data.enveloppes[0] }, token: this.token });
        await this.load();
        this.draw();
        focus(this.root.querySelector('#rien'));
      } catch (error) {
        box.replaceChildren(errorNote(error));
      }
    }, { kind: 'act' });
    return h('div', { class: 'mg-empty' }, h('h2', { class: 't3', id: 'rien', tabindex: '-1' }, 'Aucun pli n’a été déposé'),
      h('p', {}, done ? 'C’est constaté et inscrit au journal ; le procès-verbal le dit.' : 'Le registre des dépôts est vide : il n’y a rien à ouvrir. Constatez-le pour que la procédure puisse continuer.'),
      box, h('div', { class: 'mg-row' }, done ? h('a', { class: 'mg-btn mg-btn--act', href: `${this.base}/@@gestion` }, 'Revenir à la consultation') : this.data.mes_cles?.length ? act : h('p', { class: 'small soft' }, 'Un porteur de clé de cette consultation le constatera.')));
  }

  session() {
    const kinds = this.kinds();
    const next = kinds.find((k) => !this.complete(k));
    const actions = kinds.map((k) => {
      const left = this.toOpen(k).filter((r) => !this.results.has(r.pli)).length;
      const begun = this.data.ouvertes.includes(k);
      const label = begun ? `Ouvrir ${count(left, 'pli', 'plis')} : ${(KINDS[k] ?? k).toLowerCase()}` : `Commencer l’ouverture : ${(KINDS[k] ?? k).toLowerCase()}`;
      if (!begun && k === 'candidature' && this.data.classement_attendu) {
        return h('a', { class: k === next ? 'mg-btn mg-btn--act' : 'mg-btn', href: `${this.base}/@@classement` }, 'Enregistrer le classement du jury, avant les candidatures');
      }
      return begun && !left ? null : button(label, () => this.openKind(k), { kind: k === next ? 'act' : '', ic: 'lock', 'data-ouvrir': k });
    });
    this.runBox = h('div', {});
    return h('section', { class: 'mg-panel mg-stack', 'aria-labelledby': 'seance' }, h('h2', { id: 'seance', tabindex: '-1' }, 'Ouvrir sur ce poste'),
      h('p', {}, 'Clé présentée : ', this.keys.flatMap((k, i) => [i ? ', ' : '', `${k.role} `, print(k.fingerprint), ' ']), badge('ok', 'Conforme')),
      h('p', {}, 'Chaque pli est contrôlé contre son accusé avant d’être montré ; le constat est inscrit au journal. Rien n’est copié vers l’espace de la consultation sans un geste de votre part.'),
      this.runBox, h('div', { class: 'mg-row' }, actions, !next && h('a', { class: 'mg-btn mg-btn--act', href: `${this.base}/@@pv-ouverture` }, 'Voir le procès-verbal'), this.allDocuments().length > 0 && button('Tout enregistrer sur ce poste', () => this.saveAll(), { ic: 'download' }),
        this.allDocuments().length > 0 && button('Verser au dossier de la consultation', () => this.pourAll(), { ic: 'folder', 'data-verser': true }),
        button('Retirer la clé', async () => {
          await this.sealer.call('cacher');
          this.keys = null;
          this.results.clear();
          this.draw();
        }, { kind: 'quiet' })), this.feedback ??= h('div', { role: 'status', 'aria-live': 'polite' }));
  }

  state(row) {
    if (row.etat === 'hors-delai') return badge('bad', 'Hors délai');
    if (row.etat === 'retire') return badge('', 'Retiré');
    if (row.etat === 'remplace') return badge('', 'Remplacé');
    if (row.etat === 'ecarte') return badge('bad', 'Candidature non retenue');
    const verdict = this.verdict(row);
    if (this.run?.pli === row.pli) return badge('run', `En cours, ${this.run.pct ?? 0} %`);
    return verdict ? badge(...VERDICTS[verdict]) : badge('', 'En attente');
  }

  register() {
    const rows = this.rows;
    const tally = (f) => rows.filter(f).length;
    const words = [[tally((r) => this.verdict(r) === 'intact'), 'intact', 'intacts'], [tally((r) => ['altere', 'illisible', 'contexte'].includes(this.verdict(r))), 'refusé', 'refusés'], [tally((r) => r.etat === 'hors-delai'), 'hors délai', 'hors délai'], [tally((r) => !this.verdict(r) && ['a-ouvrir', 'attente'].includes(r.etat)), 'en attente', 'en attente']].filter(([n]) => n).map(([n, one, many]) => count(n, one, many));
    return h('section', { 'aria-labelledby': 'plis' }, h('div', { class: 'mg-sec-head' }, h('h2', { id: 'plis' }, `${rows.length > 1 ? 'Les ' : ''}${count(rows.length, 'pli', 'plis')}`)),
      table(words.join(', '), [['Entreprise'], ['Rang', { r: true }], ['Lot'], ['Enveloppe'], ['Reçu le', { short: 'Reçu' }], ['Taille', { r: true }], ['Verdict']], rows.map((r) => [
        r.deposant_nom, String(r.rang ?? ''), r.lot ?? '—', KIND[r.enveloppe] ?? r.enveloppe, r.recu ? time(r.recu) : r.numero, size(r.taille), h('span', { 'data-pli': r.pli }, this.state(r)),
      ])));
  }

  documents(row, r) {
    const envelope = (KIND[row.enveloppe] ?? row.enveloppe).toLowerCase();
    return h('section', { 'aria-label': `Documents de ${row.deposant_nom}, ${envelope}`, 'data-documents': row.pli }, h('div', { class: 'mg-sec-head' }, h('h3', {}, `${row.deposant_nom}${row.lot ? `, lot ${row.lot}` : ''} : ${envelope}`), badge('ok', 'Intact')),
      table(`${count(r.documents.length, 'pièce', 'pièces')}, empreintes vérifiées contre le sommaire scellé`, [['Pièce'], ['Taille', { r: true }], ['Empreinte SHA-256', { short: 'SHA-256' }], ['Enregistrer', { hidden: true }]], r.documents.map((d) => [
        d.nom, size(d.taille), print(d.sha256), button('Enregistrer', () => {
          download(d.blob, d.nom);
          r.saved = true;
        }, { ic: 'download', 'aria-label': `Enregistrer ${d.nom}` }),
      ])));
  }

  finding(row, r) {
    const node = note('bad', `${placeOf(row)} : ${VERDICTS[r.verdict][1].toLowerCase()}`, h('p', {}, r.message), h('p', {}, WORDS[r.verdict]));
    node.setAttribute('data-constat', row.pli);
    return node;
  }

  reading(event) {
    if (!this.run || this.run.pli !== event.pli) return;
    this.run.pct = Math.floor((100 * event.lu) / event.taille);
    this.root.querySelector(`[data-pli="${event.pli}"]`)?.replaceChildren(badge('run', `En cours, ${this.run.pct} %`));
    const done = this.run.done + event.lu;
    const seconds = (performance.now() - this.run.start) / 1000;
    const rate = seconds > 0.5 ? done / seconds : 0;
    this.run.bar.value = (100 * done) / this.run.total;
    say(this.run.percent, `${Math.floor((100 * done) / this.run.total)} %`);
    say(this.run.left, event.coupure ? 'connexion coupée, nouvel essai' : rate ? `reste environ ${duration((this.run.total - done) / rate)}` : '');
    say(this.run.figures, `${size(done)} sur ${size(this.run.total)}${rate ? `, ${size(Math.round(rate))}/s` : ''}`);
  }

  async openKind(kind) {
    const box = this.runBox;
    try {
      if (!this.data.ouvertes.includes(kind)) await api(`${this.base}/@@ouverture-demarrer`, { method: 'POST', body: { enveloppe: kind }, token: this.token });
      await this.load();
    } catch (error) {
      box.replaceChildren(errorNote(error));
      return;
    }
    const list = this.toOpen(kind).filter((r) => !this.results.has(r.pli));
    this.run = { total: list.reduce((n, r) => n + r.taille, 0), done: 0, start: performance.now(), percent: h('p', { class: 'mg-run__pct' }, '0 %'), left: h('strong', {}, 'préparation'), figures: h('span', { class: 'small soft' }), bar: progress('Ensemble des plis', 0, { big: true }) };
    this.draw();
    this.runBox.replaceChildren(h('div', { class: 'mg-run' }, h('div', { class: 'mg-run__head' }, this.run.percent, h('p', { class: 'num' }, this.run.left, h('br'), this.run.figures)), this.run.bar, h('div', { class: 'mg-row' }, button('Suspendre', () => {
      this.run.stop = true;
      this.sealer.stop(this.run.call);
    }))));
    let failure = null;
    for (const row of list) {
      if (this.run.stop) break;
      this.run.pli = row.pli;
      this.run.pct = 0;
      try {
        const relais = await this.relays(row);
        const call = this.sealer.call('ouvrir', { row, relais, url: `${this.base}/@@pli-chiffre?pli=${row.pli}`, session: row.contexte?.consultation ?? 'seance' });
        this.run.call = call.id;
        const result = await call;
        await this.record(row, result);
        this.results.set(row.pli, result);
        this.run.done += row.taille;
        say(this.live, `${row.deposant_nom} : ${VERDICTS[result.verdict][1]}`);
        this.root.querySelector(`[data-pli="${row.pli}"]`)?.replaceChildren(badge(...VERDICTS[result.verdict]));
      } catch (error) {
        failure = error;
        if (error.code !== 'interrompu') break;
      }
    }
    this.run = null;
    this.draw();
    if (failure && failure.code !== 'interrompu') {
      failure.remede ??= 'Ce pli n’est pas jugé : rien n’est inscrit. Les plis déjà ouverts restent ouverts ; vous pouvez reprendre.';
      const box2 = errorNote(failure);
      this.runBox?.replaceChildren(box2);
      focus(box2);
    } else focus(this.root.querySelector('#plis'));
  }

  /** A bid given to one of the keys presented after its deposit comes with the header that gave it. */
  async relays(row) {
    if (!this.keys.some((k) => row.relais?.includes(k.fingerprint))) return [];
    const answer = await fetch(`${this.base}/@@pli-relais?pli=${row.pli}`, { credentials: 'same-origin', cache: 'no-store' }).catch(() => null);
    if (!answer?.ok) throw Object.assign(new Error('Le relais de ce pli n’a pas pu être lu sur la plateforme.'), { code: 'relais' });
    return [new Uint8Array(await answer.arrayBuffer())];
  }

  record(row, r) {
    return api(`${this.base}/@@ouverture-verdict`, {
      method: 'POST', token: this.token,
      body: { pli: row.pli, verdict: r.verdict, documents: r.documents.map(({ nom, taille, sha256 }) => ({ nom, taille, sha256 })), fingerprint: r.fingerprint ?? this.keys[0].fingerprint },
    });
  }

  allDocuments() {
    return [...this.results].flatMap(([pli, r]) => {
      const row = this.rows.find((x) => x.pli === pli);
      return r.documents.map((d) => ({ ...d, pli, r, folder: `${String(row.rang ?? 0).padStart(2, '0')} ${row.deposant_nom}/${row.lot ? `lot ${row.lot} ` : ''}${row.enveloppe}`.replace(/[\\:*?"<>|]/g, '_') }));
    });
  }

  async saveAll() {
    const all = this.allDocuments();
    try {
      if (window.showDirectoryPicker) {
        const target = await window.showDirectoryPicker({ mode: 'readwrite', id: 'plis' });
        for (const [i, d] of all.entries()) {
          say(this.feedback, `Enregistrement ${i + 1} sur ${all.length} : ${d.nom}`);
          let folder = target;
          for (const part of d.folder.split('/')) folder = await folder.getDirectoryHandle(part, { create: true });
          const out = await (await folder.getFileHandle(d.nom, { create: true })).createWritable();
          await d.blob.stream().pipeTo(out);
          d.r.saved = true;
        }
        say(this.feedback, `${count(all.length, 'pièce enregistrée', 'pièces enregistrées')} dans « ${target.name} », un dossier par entreprise.`);
      } else {
        for (const d of all) {
          download(d.blob, `${d.folder.replaceAll('/', ' - ')} - ${d.nom}`);
          d.r.saved = true;
          await new Promise((done) => { setTimeout(done, 300); });
        }
        say(this.feedback, `${count(all.length, 'pièce envoyée', 'pièces envoyées')} vers vos téléchargements.`);
      }
    } catch (error) {
      if (error.name !== 'AbortError') this.feedback.replaceChildren(errorNote(Object.assign(new Error(`L’enregistrement s’est arrêté : ${error.message}`), { code: error.name })));
    }
  }

  async pourAll() {
    const all = this.allDocuments();
    let n = 0;
    try {
      for (const d of all) {
        say(this.feedback, `Versement ${++n} sur ${all.length} : ${d.nom}, ${size(d.taille)}`);
        const form = new FormData();
        form.append('pli', d.pli);
        form.append('demande', JSON.stringify({ pli: d.pli, nom: d.nom, taille: d.taille, sha256: d.sha256 }));
        form.append('document', d.blob, d.nom);
        await api(`${this.base}/@@ouverture-verser`, { method: 'POST', form, token: this.token });
        d.r.saved = true;
      }
      this.feedback.replaceChildren(`${count(all.length, 'pièce versée', 'pièces versées')} au dossier restreint de la consultation : `, h('a', { href: `${this.base}/plis-ouverts` }, 'voir les plis ouverts'), '.');
    } catch (error) {
      this.feedback.replaceChildren(errorNote(error, h('p', {}, `${n - 1} sur ${all.length} versées ; les pièces ouvertes restent sur ce poste.`)));
    }
  }
}

const root = document.getElementById('ouverture');
if (root) {
  const page = new Opening(root);
  page.start().catch((error) => root.replaceChildren(h('div', { class: 'mg-stack' }, errorNote(error), button('Recommencer', () => location.reload()))));
}
