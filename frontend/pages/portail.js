// Why: the few comforts every page has: the server's clock, countdowns, copy buttons. Pages work without it; the theme
// is the shell's own script, which must run before the first paint.
// Hooks: [data-serveur] (RFC 3339 or milliseconds) once; .mg-clock time or time[data-horloge] ticks; [data-echeance] (RFC 3339)
// counts down, worded by data-forme ("dans %") and data-passe; [data-copier="text"] or [data-copier-de="#id"] copies.
// body[data-envoi]: what one request may weigh, in bytes; files over it are told and not sent (poids.js).
// form[data-garde]: leaving with what is typed and not sent asks first (garde.js).
// a[data-choix=id]: a link of a tree fills a field (choix.js).
// [data-suit] (seconds): the page changes by itself on the server; its main part is asked for again until it says so no more.

import { choose } from './choix.js';
import { withFirst } from './dates.js';
import { guard } from './garde.js';
import { weigh } from './poids.js';

const all = (s) => document.querySelectorAll(s);
const source = document.querySelector('[data-serveur]');
const clocks = [...all('time[data-horloge], .mg-clock time')];
if (source || clocks.length) {
  const stamped = source?.dataset.serveur ?? clocks[0].dateTime;
  const given = /^\d+$/.test(stamped) ? Number(stamped) : Date.parse(stamped);
  // the page's own transfer is part of the delay between the server's stamp and now
  const nav = performance.getEntriesByType('navigation')[0];
  const delay = nav ? Math.max(0, performance.now() - nav.responseStart) : 0;
  const fresh = !nav || nav.type !== 'back_forward';
  const offset = given + delay - Date.now();
  const f = (o) => new Intl.DateTimeFormat('fr-FR', { timeZone: 'Europe/Paris', ...o });
  const hms = f({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
  const long = f({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
  const day = { format: (at) => withFirst(long.format(at)) };
  const words = (ms) => {
    const s = Math.floor(ms / 1000);
    const [d, h, m] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
    if (d) return `${d} jour${d > 1 ? 's' : ''} ${h} h ${m} min`;
    if (h) return `${h} h ${m} min`;
    return m ? `${m} min ${s % 60} s` : `${s} s`;
  };
  const tick = () => {
    const now = Date.now() + offset;
    for (const t of clocks) {
      const d = t.querySelector('.mg-clock__day');
      const heure = t.querySelector('[data-heure]');
      if (d) d.textContent = `${day.format(now)}, `;
      if (heure ?? !d) (heure ?? t).textContent = hms.format(now);
      else t.lastChild.textContent = hms.format(now);
      t.dateTime = new Date(now).toISOString();
    }
    for (const e of all('[data-echeance]')) {
      const left = Date.parse(e.dataset.echeance) - now;
      const text = left > 0 ? (e.dataset.forme ?? '%').replace('%', words(left)) : e.dataset.passe ?? 'Date limite passée';
      if (e.textContent !== text) e.textContent = text;
      e.closest('.mg-deadline')?.classList.toggle('mg-deadline--soon', left > 0 && left < 86400e3);
    }
    setTimeout(tick, 1000 - ((Date.now() + offset) % 1000));
  };
  if (Number.isFinite(offset) && fresh) tick();
  addEventListener('pageshow', (e) => { if (e.persisted) location.reload(); });
}

document.addEventListener('click', async (event) => {
  const b = event.target.closest?.('[data-copier], [data-copier-de]');
  if (!b) return;
  const text = b.dataset.copier ?? document.querySelector(b.dataset.copierDe)?.textContent.trim();
  const before = b.textContent;
  try {
    await navigator.clipboard.writeText(text);
    b.textContent = 'Copié';
  } catch {
    b.textContent = 'Copie refusée par le navigateur';
  }
  setTimeout(() => { b.textContent = before; }, 2000);
});

// a details opened by its address (#id) shows its content
const reveal = () => { const t = location.hash.length > 1 && document.getElementById(decodeURIComponent(location.hash.slice(1))); t?.closest?.('details')?.setAttribute('open', ''); };
addEventListener('hashchange', reveal);
reveal();

guard(window, [...all('form[data-garde]')]);
choose(document);
weigh(document, Number(document.body?.dataset.envoi) || 0);

const follow = async () => {
  const waiting = document.querySelector('[data-suit]');
  if (!waiting) return;
  await new Promise((done) => setTimeout(done, 1000 * (Number(waiting.dataset.suit) || 5)));
  try {
    const answer = document.hidden ? null : await fetch(location.href, { headers: { Accept: 'text/html' } });
    const main = answer?.ok && new DOMParser().parseFromString(await answer.text(), 'text/html').querySelector('main');
    if (main) document.querySelector('main').replaceChildren(...main.childNodes);
  } catch {
    // away for a moment: asked again later
  }
  follow();
};
follow();
