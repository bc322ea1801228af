// Why: the key room: a key is born in the agent's browser, leaves it only wrapped, is proved to open before its public
// half is sent, and proves itself again in drills. Container: <div id="cles" data-base data-collectivite data-authenticator>;
// the server's table carries <button data-exercice="KEY_UUID" data-empreinte="HEX">.

import { MIN, weakness } from '../engine/passphrase.js';
import { MAX_SHARES } from '../engine/shares.js';
import { keyForm } from './cle-presenter.js';
import { qrSvg } from './qr.js';
import { api, button, day, download, errorNote, focus, h, note, print, Sealer, stamp } from './ui.js';

const ROLES = [
  ['titulaire', 'Titulaire', 'La clé de tous les jours : celle de la personne qui ouvre les plis.'],
  ['suppleant', 'Suppléant', 'La clé d’une seconde personne, pour les absences.'],
  ['secours', 'Secours', 'Une clé gardée au coffre, imprimée, pour le jour où les deux autres manquent.'],
];
class KeyRoom {
  constructor(root) {
    this.root = root;
    this.base = root.dataset.base.replace(/\/$/, '');
    this.token = root.dataset.authenticator;
    this.owner = root.dataset.collectivite ?? root.dataset.nom ?? 'votre collectivité';
    this.sealer = new Sealer();
    this.unsaved = false;
    addEventListener('beforeunload', (event) => {
      if (this.unsaved) event.preventDefault();
    });
    document.addEventListener('click', (event) => {
      const b = event.target.closest?.('[data-exercice]');
      if (b) this.drill(b.dataset.exercice, b.dataset.empreinte);
    });
  }

  post(name, body) {
    return api(`${this.base}/@@${name}`, { method: 'POST', body, token: this.token });
  }

  show(...nodes) {
    this.root.replaceChildren(h('div', { class: 'mg-stack mg-gap4' }, ...nodes));
  }

  start() {
    // hidden until a script is there to answer them
    for (const b of document.querySelectorAll('[data-exercice]')) b.hidden = false;
    this.show(h('section', { class: 'mg-panel mg-stack', 'aria-labelledby': 'cle-nouvelle' }, h('h2', { id: 'cle-nouvelle', tabindex: '-1' }, 'Créer une clé'),
      h('p', {}, 'La clé secrète est créée dans ce navigateur. La plateforme ne reçoit que sa moitié publique : personne d’autre que vous ne pourra ouvrir les plis, et personne ne pourra vous la rendre si vous la perdez.'), this.form()),
    h('details', { class: 'mg-more' }, h('summary', {}, 'J’ai déjà une clé (faite par « megalis keygen » ou sur un autre poste)'), h('div', { class: 'mg-panel mg-stack' }, this.existing())));
  }

  roleField(name) {
    return h('fieldset', { class: 'mg-field' }, h('legend', {}, 'À quoi servira cette clé'), ROLES.map(([value, label, words], i) => h('label', { class: 'mg-opt' }, h('input', { type: 'radio', name, value, checked: i === 0 }), h('span', {}, label, h('span', { class: 'mg-help' }, ` ${words}`)))));
  }

  form() {
    const problem = h('div', {});
    const one = h('input', { type: 'password', id: 'phrase-1', name: 'phrase', class: 'mg-input', autocomplete: 'new-password', 'aria-describedby': 'phrase-aide' });
    const two = h('input', { type: 'password', id: 'phrase-2', class: 'mg-input', autocomplete: 'new-password' });
    const go = button('Créer la clé et enregistrer son fichier', null, { kind: 'act', ic: 'key', type: 'submit' });
    return h('form', { class: 'mg-form', novalidate: true, onsubmit: async (event) => {
      event.preventDefault();
      const role = new FormData(event.target).get('role');
      const weak = weakness(one.value, two.value);
      if (weak) {
        problem.replaceChildren(errorNote(Object.assign(new Error(weak), { code: 'phrase' })));
        one.setAttribute('aria-invalid', 'true');
        one.focus();
        return;
      }
      go.disabled = true;
      problem.replaceChildren(h('p', { role: 'status' }, 'Création de la clé et calcul de la phrase secrète, quelques secondes…'));
      try {
        const key = await this.sealer.call('creer');
        const label = ROLES.find(([r]) => r === role)[1];
        const bytes = await this.sealer.call('envelopper', { phrase: one.value, commentaire: `${this.owner}, clé ${label.toLowerCase()}, ${new Date().toISOString().slice(0, 10)}` });
        const text = await this.sealer.call('feuille', { phrase: one.value });
        this.saved({ role, label, key, bytes, text });
      } catch (error) {
        problem.replaceChildren(errorNote(error));
        go.disabled = false;
      }
    } }, this.roleField('role'),
    h('div', { class: 'mg-field' }, h('label', { for: 'phrase-1' }, 'Phrase secrète'), h('span', { class: 'mg-help', id: 'phrase-aide' }, `Au moins ${MIN} caractères : quatre ou cinq mots sans rapport. Elle ne peut pas être retrouvée.`), one),
    h('div', { class: 'mg-field' }, h('label', { for: 'phrase-2' }, 'La même phrase, une seconde fois'), two), problem, h('div', { class: 'mg-row' }, go));
  }

  /** The file is saved; before anything is published it must open again. */
  saved({ role, label, key, bytes, text }) {
    this.unsaved = true;
    const name = `cle-${role}-${key.fingerprint.slice(0, 8)}.age`;
    const save = () => download(new Blob([bytes], { type: 'text/plain' }), name);
    save();
    const title = h('h2', { id: 'cle-verifier', tabindex: '-1' }, 'Vérifier le fichier avant de publier la clé');
    this.show(h('section', { class: 'mg-panel mg-stack', 'aria-labelledby': 'cle-verifier' }, title,
      h('ol', { class: 'mg-steps' },
        h('li', {}, h('h3', {}, 'Le fichier est dans vos téléchargements'), h('p', {}, h('strong', { class: 'mono' }, name), '. Copiez-le sur un second support (clé USB, coffre).'), h('div', { class: 'mg-row' }, button('L’enregistrer de nouveau', save, { ic: 'download' }))),
        h('li', {}, h('h3', {}, 'La feuille à garder'), h('p', {}, 'Elle porte l’empreinte, la marche à suivre, et la clé elle-même sous la forme d’un code protégé par votre phrase secrète : sans la phrase, elle n’ouvre rien. Gardez les deux en deux lieux.'),
          h('div', { class: 'mg-row' }, button('Imprimer la feuille', () => this.sheet({ label, key, name, text }), { ic: 'print' }))),
        role === 'secours' && h('li', {}, h('h3', {}, 'La partager entre plusieurs personnes (facultatif)'), this.sharing({ label, key })),
        h('li', {}, h('h3', {}, 'Rouvrir le fichier, comme le jour de l’ouverture'), h('p', {}, 'Choisissez le fichier que vous venez d’enregistrer. La clé publique n’est envoyée qu’ensuite.'),
          keyForm({ sealer: this.sealer, expected: key.fingerprint, label: 'Rouvrir et publier la clé', paste: false, onkey: () => this.publish(role, label, key) })))));
    focus(title);
  }

  /** Sheets for several people: any `seuil` of `nombre` give the key back, without its passphrase. */
  sharing({ label, key }) {
    const number = (id, words, value) => h('div', { class: 'mg-field' }, h('label', { for: id }, words), h('input', { type: 'number', id, class: 'mg-input', min: 2, max: MAX_SHARES, value, inputmode: 'numeric' }));
    const box = h('div', { role: 'status' });
    return h('div', { class: 'mg-stack' }, h('p', {}, 'Chaque personne garde une feuille. Il en faut plusieurs pour ouvrir, et aucune n’ouvre rien seule. Ces feuilles-là ne demandent pas la phrase secrète : gardez-les en des lieux différents.'),
      h('div', { class: 'mg-row' }, number('partage-nombre', 'Feuilles en tout', 3), number('partage-seuil', 'Feuilles nécessaires', 2)),
      h('div', { class: 'mg-row' }, button('Imprimer les feuilles de partage', async () => {
        try {
          const [nombre, seuil] = ['nombre', 'seuil'].map((n) => Number(document.getElementById(`partage-${n}`).value));
          this.shareSheets({ label, key, made: await this.sealer.call('partager', { nombre, seuil }) });
          box.replaceChildren(h('p', {}, `${nombre} feuilles imprimées : ${seuil} d’entre elles redonnent la clé. Éprouvez-les : « Faire l’exercice », puis collez ${seuil} feuilles.`));
        } catch (error) {
          box.replaceChildren(errorNote(error));
        }
      }, { ic: 'print' })), box);
  }

  shareSheets({ label, key, made }) {
    const groups = (s) => s.replace(/(.{4})(?=.)/g, '$1 ');
    this.print('.cle-part{break-after:page} .cle-part:last-child{break-after:auto}', made.map((m) => h('section', { class: 'cle-part mg-stack' },
      h('h1', {}, `Feuille ${m.number} sur ${m.count}, clé ${label.toLowerCase()}, ${this.owner}`), h('p', {}, `Faite le ${day(Date.now())}. Il faut ${m.needed} des ${m.count} feuilles de ce jour pour retrouver la clé ; celle-ci seule n’ouvre rien.`),
      h('h2', {}, 'Empreinte de la clé'), h('p', {}, h('code', {}, groups(key.fingerprint))),
      h('h2', {}, `Feuille ${m.number}`), qrSvg(m.text, `Feuille ${m.number} sur ${m.count}`, 300), h('p', {}, h('code', { class: 'cle-feuille__texte' }, groups(m.text))),
      h('h2', {}, 'Le jour de l’ouverture'), h('ol', {}, h('li', {}, `Réunissez ${m.needed} feuilles. Page « Ouverture des plis » de la consultation, « Ou coller le texte de la feuille imprimée, ou de plusieurs feuilles de partage ».`),
        h('li', {}, 'Collez ou tapez le texte de chaque feuille, l’une après l’autre : majuscules et espaces sont libres, une faute est signalée.'), h('li', {}, 'Vérifiez que l’empreinte montrée à l’écran est celle de cette feuille.'), h('li', {}, 'Sans la plateforme : « megalis keygen --join feuille-1.txt feuille-2.txt -o cle.txt », puis « megalis open -i cle.txt ».')))));
  }

  existing() {
    const roles = this.roleField('role-existant');
    return h('div', { class: 'mg-stack' }, roles, keyForm({ sealer: this.sealer, label: 'Publier cette clé', onkey: ([key]) => {
      const role = roles.querySelector(':checked').value;
      return this.publish(role, ROLES.find(([r]) => r === role)[1], key);
    } }));
  }

  async publish(role, label, key) {
    const { cle, defi } = await this.post('cle-enregistrer', { recipient: key.recipient, role });
    await this.post('cle-prouver', { cle, reponse: await this.sealer.call('relever', { defi }) });
    await this.sealer.call('cacher');
    this.unsaved = false;
    this.done(`Clé ${label.toLowerCase()} publiée et prouvée`, key.fingerprint, 'Elle peut servir dès maintenant dans vos consultations. Son empreinte figurera au règlement de consultation.');
  }

  async done(title, fingerprint, words) {
    await this.refresh().catch((error) => console.warn(error)); // what follows is true whatever the list shows
    const head = note('ok', null, h('h2', { class: 't3' }, title), h('p', {}, `Le ${stamp(Date.now())}. Empreinte `, print(fingerprint)), h('p', {}, words), h('div', { class: 'mg-row' }, button('Créer ou présenter une autre clé', () => this.start())));
    head.setAttribute('role', 'status');
    this.show(head);
    focus(head);
  }

  /** The list above is the server's: it is asked for again after a change. */
  async refresh() {
    const answer = await fetch(location.href, { credentials: 'same-origin' });
    const fresh = new DOMParser().parseFromString(await answer.text(), 'text/html').getElementById('cles-etat');
    if (answer.ok && fresh) document.getElementById('cles-etat').replaceWith(document.adoptNode(fresh));
    for (const b of document.querySelectorAll('[data-exercice]')) b.hidden = false;
  }

  drill(cle, fingerprint) {
    const title = h('h2', { id: 'cle-exercice', tabindex: '-1' }, 'Exercice d’ouverture');
    this.show(h('section', { class: 'mg-panel mg-stack', 'aria-labelledby': 'cle-exercice' }, title,
      h('p', {}, 'La plateforme scelle un petit message pour votre clé ; l’ouvrir prouve que la clé et sa phrase sont toujours là. Rien de secret n’est envoyé.'), fingerprint ? h('p', { class: 'small' }, 'Clé attendue ', print(fingerprint)) : null,
      keyForm({ sealer: this.sealer, expected: fingerprint, label: 'Faire l’exercice', onkey: async ([key]) => {
        const { defi } = await this.post('cle-exercice', { cle });
        await this.post('cle-prouver', { cle, reponse: await this.sealer.call('relever', { defi }) });
        await this.sealer.call('cacher');
        this.done('Exercice réussi', key.fingerprint, 'La preuve est inscrite au journal ; elle vaut 60 jours pour publier une consultation.');
      } }), h('div', { class: 'mg-row' }, button('Plus tard', () => this.start(), { kind: 'quiet' }))));
    focus(title);
  }

  /** Printable sheet: what it bears of the key is wrapped by the passphrase, which is not on it. */
  sheet({ label, key, name, text }) {
    const groups = (s) => h('code', {}, s.replace(/(.{4})(?=.)/g, '$1 '));
    this.print('', h('section', { class: 'mg-stack' }, h('h1', {}, `Clé ${label.toLowerCase()}, ${this.owner}`), h('p', {}, `Faite le ${day(Date.now())}. Fichier : ${name}`),
      h('h2', {}, 'Empreinte'), h('p', {}, groups(key.fingerprint)),
      h('h2', {}, 'La clé, protégée par sa phrase secrète'), qrSvg(text, 'Clé protégée par sa phrase secrète', 380), h('pre', { class: 'cle-feuille__texte' }, text),
      h('h2', {}, 'Le jour de l’ouverture'), h('ol', {},
        h('li', {}, `Prenez le fichier ${name} et sa phrase secrète ; page « Ouverture des plis » de la consultation : choisissez le fichier, tapez la phrase.`),
        h('li', {}, 'Si le fichier manque : « Ou coller le texte de la feuille imprimée ». Lisez le code ci-dessus avec un lecteur hors ligne, collez ce qu’il donne, tapez la phrase.'),
      h('li', {}, 'Vérifiez que l’empreinte montrée à l’écran est celle de cette feuille.'), h('li', {}, 'Sans la plateforme : « age -d -i cle.age pli.age | tar x » avec le programme libre age (1.3 ou plus récent).'))));
  }

  /** Print these nodes alone; they leave the page once printed. */
  print(more, ...nodes) {
    const rules = new CSSStyleSheet();
    rules.replaceSync(`.cle-feuille{display:none} @media print{body>*:not(.cle-feuille){display:none!important} .cle-feuille{display:block!important;color:#000;background:#fff} .cle-feuille code{font-size:11pt;overflow-wrap:anywhere} .cle-feuille__texte{font-size:8pt} ${more}}`);
    const sheet = h('div', { class: 'cle-feuille' }, ...nodes);
    document.body.append(sheet);
    document.adoptedStyleSheets = [...document.adoptedStyleSheets, rules];
    window.print();
    sheet.remove();
    document.adoptedStyleSheets = document.adoptedStyleSheets.filter((s) => s !== rules);
  }
}

const root = document.getElementById('cles');
if (root) new KeyRoom(root).start();
