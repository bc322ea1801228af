// Why: second and third states of the deposit page: sealing and sending with figures for every file, then the receipt.

import { api, badge, button, clock, count, day, download, duration, focus, h, icon, note, print, progress, say, size, stamp, stations, table, time } from './ui.js';

const WINDOW = 12_000;

/** Rate over the last seconds. */
class Rate {
  constructor() {
    this.samples = [];
  }

  add(bytes, now = performance.now()) {
    this.samples.push([now, bytes]);
    while (this.samples.length > 2 && now - this.samples[0][0] > WINDOW) this.samples.shift();
  }

  get perSecond() {
    if (this.samples.length < 2) return 0;
    const [t0, b0] = this.samples[0];
    const [t1, b1] = this.samples.at(-1);
    return t1 > t0 ? (Math.max(0, b1 - b0) / (t1 - t0)) * 1000 : 0;
  }

  reset() {
    this.samples = [];
  }
}

export function wayStations(parameters, here, detail = {}) {
  const steps = [['Scellé', 'sur votre poste'], ['Déposé', 'envoi complet'], ['Reçu', detail.recu ?? 'accusé à la seconde'], ['Clos', `${day(parameters.echeance)}, ${clock(parameters.echeance)}`], ['Ouvert', detail.bad ? 'laissé scellé' : 'par l’acheteur seul']];
  return stations('Chemin de votre pli', steps.map(([name, words], i) => [name, words, i < here ? 'done' : i === here ? (detail.bad ? 'bad' : 'here') : 'next']));
}

export class RunView {
  /** @param {{parameters, plis, onPause, onResume, onAbandon}} options plis: [{libelle, documents: [{name, size, sha256}]}] */
  constructor({ parameters, plis, onPause, onResume, onAbandon }) {
    this.rate = new Rate();
    this.files = new Map();
    this.said = 0;
    this.start = performance.now();
    this.pct = h('p', { class: 'mg-run__pct' }, '0 %');
    this.left = h('strong', {}, 'préparation');
    this.figures = h('span', { class: 'small soft' }, `${size(plis.flatMap((p) => p.documents).reduce((n, d) => n + d.size, 0))} à envoyer`);
    this.bar = progress('Ensemble du pli', 0, { big: true });
    this.network = h('div', { hidden: true });
    this.words = h('p', {}, 'Vos fichiers sont chiffrés sur votre poste avant l’envoi. Vous pouvez laisser cet onglet derrière d’autres. En cas de coupure, l’envoi reprend où il s’est arrêté, même après un rechargement.');
    this.live = h('p', { class: 'vh', role: 'status', 'aria-live': 'polite' });
    this.list = h('ul', { class: 'mg-files' });
    for (const [i, p] of plis.entries()) {
      for (const d of p.documents) {
        const row = { size: d.size, state: '', bar: progress(d.name), badge: h('span', {}, badge('', 'En attente')), sent: h('span', {}, size(d.size)), detail: h('span', {}, p.libelle) };
        row.node = h('li', {}, h('span', { class: 'name' }, d.name), row.badge, row.bar, h('span', { class: 'fig' }, row.sent, row.detail), h('span', { class: 'fig' }, h('span', {}, 'SHA-256 ', print(d.sha256))));
        this.files.set(`${i}/${d.name}`, row);
        this.list.append(row.node);
      }
    }
    this.pauseButton = button('Suspendre', () => (this.paused ? onResume() : onPause()), {});
    this.abandonButton = button('Abandonner ce dépôt', onAbandon, { kind: 'quiet' });
    this.actions = h('div', { class: 'mg-row' }, this.pauseButton, this.abandonButton);
    this.title = h('h2', { id: 'sceau', tabindex: '-1' }, 'Scellement et envoi en cours');
    this.way = h('div', {}, wayStations(parameters, 0));
    this.node = h('section', { class: 'mg-stack mg-gap3', 'aria-labelledby': 'sceau' }, this.title, this.way,
      h('div', { class: 'mg-panel mg-run' }, h('div', { class: 'mg-run__head' }, this.pct, h('p', { class: 'num' }, this.left, h('br'), this.figures)), this.bar, this.network, this.words, this.list, this.actions, this.live));
    this.parameters = parameters;
    this.paused = false;
  }

  event(e) {
    if (e.type === 'avancee') this.advance(e);
    else if (e.type === 'relecture') say(this.left, e.nom ? `relecture de « ${e.nom} »` : `relecture ${e.fait} sur ${e.total}`);
    else if (e.type === 'finalisation') {
      this.way.replaceChildren(wayStations(this.parameters, 1));
      say(this.left, 'dernier contrôle de la plateforme');
    } else if (e.type === 'reseau') this.cut(e);
  }

  cut(e) {
    if (e.etat === 'repris') {
      this.network.replaceChildren(note('ok', null, h('p', {}, `Connexion revenue à ${clock(e.quand)} : l’envoi a repris où il s’était arrêté.`)));
      say(this.live, 'Connexion revenue, l’envoi a repris.');
      this.rate.reset();
    } else {
      const cause = e.statut ? `La plateforme n’a pas pu répondre (${e.statut})` : 'La connexion est coupée';
      this.network.replaceChildren(note('soon', `${cause} depuis ${clock(e.quand)}`, h('p', {}, `Rien n’est perdu : ce qui est reçu est gardé. Nouvel essai dans ${duration(e.attente / 1000)}, puis automatiquement jusqu’au retour.`)));
      say(this.live, `${cause}. Nouvel essai automatique.`);
      say(this.left, 'en attente de connexion');
    }
    this.network.hidden = false;
  }

  advance(e) {
    this.rate.add(e.envoye);
    const ratio = e.total ? e.envoye / e.total : 0;
    const pct = Math.floor(ratio * 100);
    say(this.pct, `${pct} %`);
    this.bar.value = ratio * 100;
    const perSecond = this.rate.perSecond;
    const left = perSecond ? (e.total - e.envoye) / perSecond : null;
    say(this.figures, `${size(e.envoye)} sur ${size(e.total)}${perSecond ? `, ${size(Math.round(perSecond))}/s` : ''}`);
    if (e.envoye === e.total) say(this.left, 'envoi complet');
    else if (left !== null) say(this.left, `reste environ ${duration(left)}`);
    for (const [i, p] of e.plis.entries()) {
      for (const f of p.fichiers) {
        const row = this.files.get(`${i}/${f.nom}`);
        if (!row) continue;
        const whole = f.envoye >= f.taille && p.envoye > 0 && (f.taille > 0 || p.envoye >= p.taille);
        row.bar.value = f.taille ? (100 * f.envoye) / f.taille : whole ? 100 : 0;
        const state = whole ? 'ok' : f.envoye > 0 ? 'run' : '';
        if (state !== row.state) {
          row.state = state;
          row.badge.replaceChildren(state === 'ok' ? badge('ok', 'Scellé, envoyé') : state === 'run' ? badge('run', 'En cours') : badge('', 'En attente'));
          row.bar.className = state === 'ok' ? 'ok' : '';
          if (state === 'run') row.from = performance.now();
        }
        say(row.sent, whole ? size(f.taille) : f.envoye ? `${size(f.envoye)} sur ${size(f.taille)}, partie ${p.partie} sur ${p.parties}` : size(f.taille));
        if (state === 'run' && perSecond) say(row.detail, `reste ${duration((f.taille - f.envoye) / perSecond)}`);
        if (whole && !row.closed) {
          row.closed = true;
          say(row.detail, row.from ? `envoyé en ${duration((performance.now() - row.from) / 1000)}` : 'envoyé');
        }
      }
    }
    const tenth = Math.floor(ratio * 10);
    if (tenth > this.said) {
      this.said = tenth;
      say(this.live, `${tenth * 10} % envoyés${left !== null && ratio < 1 ? `, reste environ ${duration(left)}` : ''}`);
    }
  }

  pause() {
    this.paused = true;
    this.rate.reset();
    this.showPaused(true, 'Envoi suspendu');
    say(this.left, 'suspendu par vous');
    say(this.live, 'Envoi suspendu. Ce qui est reçu est gardé.');
  }

  /** While nothing moves, going on is the one next action. */
  showPaused(paused, title) {
    this.pauseButton.textContent = paused ? 'Reprendre l’envoi' : 'Suspendre';
    this.pauseButton.classList.toggle('mg-btn--act', paused);
    say(this.title, title);
  }

  resume() {
    this.paused = false;
    this.network.hidden = true;
    this.showPaused(false, 'Scellement et envoi en cours');
    say(this.left, 'reprise');
  }

  fail(node) {
    this.paused = true;
    this.showPaused(true, 'Envoi arrêté');
    say(this.left, 'arrêté');
    this.network.replaceChildren(node);
    this.network.hidden = false;
    focus(node);
  }
}

async function receiptFile(proof) {
  const receipt = await api(proof.reponse.accuse_json);
  return new Blob([JSON.stringify({ ...receipt, sels: proof.sels }, null, 1)], { type: 'application/json' });
}

/** The last screen. */
export function receiptView({ proof, parameters, verifier, onAgain, onWithdraw, onTrial, now }) {
  const r = proof.reponse;
  const late = r.hors_delai;
  const withdrawn = r.etat === 'retire';
  const left = Date.parse(parameters.echeance) - Date.parse(r.recu);
  const documents = proof.plis.flatMap((p) => p.documents.map((d) => ({ ...d, pli: p })));
  const total = documents.reduce((n, d) => n + d.taille, 0);
  const status = h('p', { class: 'small', role: 'status', 'aria-live': 'polite' });
  const trial = h('div', { 'aria-live': 'polite' });
  const json = button('Accusé vérifiable (JSON)', async () => {
    say(status, '');
    try {
      download(await receiptFile(proof), `accuse-${r.numero}.json`);
      say(status, 'Accusé enregistré dans vos téléchargements, avec ce qui permet de prouver vos fichiers.');
    } catch (error) {
      say(status, `${error.message} Votre dépôt n’est pas touché.`);
    }
  }, { ic: 'shield' });
  const title = late ? ['Pli arrivé hors délai le ', time(r.recu)] : ['Pli déposé le ', time(r.recu)];
  const words = late
    ? `Heure de Paris, ${duration(-left / 1000)} après la date limite (${stamp(parameters.echeance)}). Il est gardé scellé et marqué hors délai : l’acheteur ne l’ouvrira pas sans décision.`
    : `Heure de Paris, dernier octet reçu ${duration(left / 1000)} avant la date limite.`;
  const open = !late && now < Date.parse(parameters.echeance) && !withdrawn;
  const section = h('section', { class: `mg-receipt${late ? ' mg-receipt--late' : ''}`, 'aria-labelledby': 'fin', 'data-etat': late ? 'hors-delai' : 'recu' },
    h('div', { class: 'mg-receipt__top' }, icon(late ? 'st-bad' : 'st-ok'), h('div', { class: 'mg-stack mg-gap1' }, h('h2', { class: 'mg-receipt__line', id: 'fin', tabindex: '-1' }, title), h('p', {}, words))),
    h('div', { class: 'mg-row' }, h('a', { class: 'mg-btn mg-btn--act', href: r.accuse_pdf, download: '' }, icon('download'), 'Accusé de dépôt (PDF)'), json, verifier && h('a', { href: verifier }, 'Vérifier un accusé'), onTrial && button('Ouvrir mon pli d’essai', (event) => onTrial(event.currentTarget, trial), { ic: 'lock' })), status, trial,
    wayStations(parameters, late ? 2 : 3, { recu: `${day(r.recu)}, ${clock(r.recu)}`, bad: late }),
    h('dl', { class: 'mg-facts mg-facts--wide' }, [['Numéro d’accusé', h('strong', { class: 'mono' }, r.numero)], ['Opérateur de la plateforme', parameters.operateur], ['Acheteur', parameters.acheteur_nom], ['Objet', `${parameters.reference}, ${parameters.objet}`], ['Dépôt', print(proof.depot)]].map(([k, v]) => h('div', {}, h('dt', {}, k), h('dd', {}, v)))),
    table(`${count(documents.length, 'document', 'documents')}, ${size(total)} ; empreintes calculées sur votre poste avant chiffrement`, [['Document'], ['Enveloppe'], ['Taille', { r: true }], ['Empreinte SHA-256', { short: 'SHA-256' }]],
      documents.map((d) => [d.nom, d.pli.libelle, size(d.taille), print(d.sha256)])),
    h('p', { class: 'small' }, 'Enregistrez les deux fichiers : le PDF pour vos dossiers, le JSON pour prouver, même sans la plateforme, ce que vous avez envoyé et quand.'),
    open && h('div', { class: 'mg-row' }, h('span', { class: 'small' }, `Avant le ${stamp(parameters.echeance)}, vous pouvez remplacer ou retirer ce pli ; tout reste au registre.`), button('Remplacer ce pli', onAgain, { kind: 'quiet' }), button('Retirer ce pli', onWithdraw, { kind: 'quiet' })));
  if (late) {
    section.style.setProperty('border-top-color', 'var(--red)');
    section.querySelector('.mg-receipt__top > .mg-i').style.setProperty('color', 'var(--red)');
  }
  return section;
}
