// Why: a new holder is given the bids already received: the present holder's key opens each header here and wraps the file
// key anew. By batches, so that hundreds of bids can stop and go on. Container: <div id="relais" data-base data-authenticator>;
// the server's list carries <button data-relayer="KEY_UUID" data-porteur="NAME">.

import { keyForm } from './cle-presenter.js';
import { api, button, count, errorNote, focus, h, note, print, progress, say, Sealer, stamp } from './ui.js';

class Relays {
  constructor(root) {
    this.root = root;
    this.base = root.dataset.base.replace(/\/$/, '');
    this.token = root.dataset.authenticator;
    this.sealer = new Sealer();
    this.running = false;
    addEventListener('beforeunload', (event) => {
      if (this.running) event.preventDefault();
    });
    addEventListener('pagehide', () => this.sealer.call('cacher'));
    for (const b of document.querySelectorAll('[data-relayer]')) {
      b.hidden = false;
      b.addEventListener('click', () => this.ask(b.dataset.relayer, b.dataset.porteur));
    }
  }

  show(...nodes) {
    this.root.replaceChildren(...nodes);
  }

  async ask(key, holder) {
    try {
      const first = await this.next(key);
      const title = h('h2', { id: 'relais-titre', tabindex: '-1' }, `Donner ${count(first.reste, 'pli', 'plis')} à ${holder}`);
      this.show(h('section', { class: 'mg-panel mg-stack', 'aria-labelledby': 'relais-titre' }, title,
        h('p', {}, 'Présentez votre clé : elle est lue dans cet onglet et n’est pas envoyée. Nouvelle clé ', print(first.fingerprint), '.'),
        h('p', { class: 'small' }, 'Clés attendues : ', first.mes_cles.flatMap((k, i) => [i ? ', ' : '', print(k.fingerprint)])),
        keyForm({ sealer: this.sealer, label: 'Donner les plis', onkey: async (keys) => {
          const mine = keys.find((k) => first.mes_cles.some((w) => w.fingerprint === k.fingerprint));
          if (!mine) {
            await this.sealer.call('cacher');
            throw Object.assign(new Error(`Cette clé (${keys[0].fingerprint.slice(0, 16)}…) n’est pas une clé de cette consultation à votre nom. Choisissez le bon fichier.`), { code: 'cle' });
          }
          await this.run(key, holder, mine.fingerprint);
        } })));
      focus(title);
    } catch (error) {
      const box = errorNote(error);
      this.show(box);
      focus(box);
    }
  }

  next(key) {
    return api(`${this.base}/@@relais-plis?pour=${key}`);
  }

  async run(key, holder, fingerprint) {
    const bar = progress('Plis donnés', 0, { big: true });
    const figures = h('p', { class: 'num', role: 'status' }, 'Préparation…');
    let stop = false;
    this.running = true;
    this.show(h('section', { class: 'mg-panel mg-stack' }, h('h2', { tabindex: '-1' }, `Plis donnés à ${holder}`), figures, bar, h('div', { class: 'mg-row' }, button('Suspendre', () => { stop = true; }))));
    focus(this.root.querySelector('h2'));
    let done = 0;
    let left = 0;
    try {
      for (;;) {
        const lot = await this.next(key);
        left = lot.reste;
        if (!lot.plis.length || stop) break;
        const relais = await this.sealer.call('relayer', { recipient: lot.recipient, plis: lot.plis });
        const kept = await api(`${this.base}/@@relais-verser`, { method: 'POST', token: this.token, body: { pour: key, par: fingerprint, relais } });
        done += relais.length;
        left = kept.reste;
        bar.value = (100 * done) / (done + left);
        say(figures, `${count(done, 'pli donné', 'plis donnés')}, reste ${left}`);
      }
      await this.sealer.call('cacher');
      this.end(holder, done, left);
    } catch (error) {
      error.remede ??= `${count(done, 'pli est donné', 'plis sont donnés')} et le reste ; recommencez, seuls ceux qui manquent seront repris.`;
      const box = errorNote(error, h('div', { class: 'mg-row' }, button('Recommencer', () => this.ask(key, holder))));
      this.show(box);
      focus(box);
    } finally {
      this.running = false;
    }
  }

  end(holder, done, left) {
    const head = left
      ? note('soon', 'Suspendu', h('p', {}, `${count(done, 'pli donné', 'plis donnés')}, il en reste ${left}. Vous reprendrez où vous en êtes.`), h('div', { class: 'mg-row' }, button('Recharger la page', () => location.reload())))
      : note('ok', `${holder} peut ouvrir tous les plis`, h('p', {}, `Le ${stamp(Date.now())}, ${count(done, 'pli donné', 'plis donnés')} et inscrits au journal. Les plis n’ont pas changé.`), h('div', { class: 'mg-row' }, button('Voir les clés de cette consultation', () => location.reload())));
    head.setAttribute('role', 'status');
    this.show(head);
    focus(head);
  }
}

const root = document.getElementById('relais');
if (root) new Relays(root);
