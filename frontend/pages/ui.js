// Why: small DOM helpers shared by the pages: elements, icons of the sprite, French figures, calls to the worker.

import { PliError } from '../engine/errors.js';
import { withFirst } from './dates.js';
import { french } from './typography.js';

const CODE = new Set(['code', 'pre', 'textarea', 'option']);

/** Build an element; text is always text, never markup, and French: no line ends before a colon or inside quotation marks. */
export function h(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [k, v] of Object.entries(attributes)) {
    if (v === null || v === undefined || v === false) continue;
    if (k.startsWith('on')) node.addEventListener(k.slice(2), v);
    else if (k === 'class') node.className = v;
    else node.setAttribute(k, v === true ? '' : v);
  }
  const kept = children.flat(3).filter((c) => c !== null && c !== undefined && c !== false && c !== '');
  node.append(...(CODE.has(tag) ? kept : kept.map((c) => (typeof c === 'string' ? french(c) : c))));
  return node;
}

let sprite;

function spriteUrl() {
  if (sprite === undefined) {
    const given = document.querySelector('[data-sprite]')?.dataset.sprite;
    const used = document.querySelector('svg use[href*=".svg#"]')?.getAttribute('href').split('#')[0];
    sprite = given ?? used ?? '';
  }
  return sprite;
}

export function icon(name) {
  const ns = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(ns, 'svg');
  svg.setAttribute('class', 'mg-i');
  svg.setAttribute('aria-hidden', 'true');
  const use = document.createElementNS(ns, 'use');
  use.setAttribute('href', `${spriteUrl()}#${name}`);
  svg.append(use);
  return svg;
}

const ICONS = { ok: 'st-ok', bad: 'st-bad', run: 'st-run', soon: 'warning', '': 'st-draft' };

export const badge = (kind, ...words) => h('span', { class: `mg-badge${kind ? ` mg-badge--${kind}` : ''}` }, icon(ICONS[kind]), ...words);
export const vh = (text) => h('span', { class: 'vh' }, text);

export function note(kind, title, ...body) {
  const names = { bad: 'st-bad', soon: 'warning', ok: 'st-ok', '': 'info' };
  return h('div', { class: `mg-note${kind ? ` mg-note--${kind}` : ''}` }, icon(names[kind]), h('div', { class: 'mg-stack mg-gap1' }, title && h('h2', {}, title), ...body));
}

export const button = (label, onclick, { kind = '', ic, big, type = 'button', ...more } = {}) => h('button', { type, class: `mg-btn${kind ? ` mg-btn--${kind}` : ''}${big ? ' mg-btn--big' : ''}`, onclick, ...more }, ic && icon(ic), label);

const NB = '\u00a0';
const UNITS = ['octets', 'Ko', 'Mo', 'Go', 'To'];

/** 1,2 Mo (decimal units, as file managers show) */
export function size(n) {
  if (n < 1000) return `${n}${NB}${n > 1 ? 'octets' : 'octet'}`;
  let i = 0;
  let v = n;
  while (v >= 999.5 && i < 4) {
    v /= 1000;
    i++;
  }
  return `${v.toLocaleString('fr-FR', { minimumFractionDigits: v < 100 && i > 1 ? 1 : 0, maximumFractionDigits: v < 100 && i > 1 ? 1 : 0 })}${NB}${UNITS[i]}`;
}

/** 1 h 4 min, 12 s … */
export function duration(seconds) {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return `${s}${NB}s`;
  const [d, hh, mm] = [Math.floor(s / 86400), Math.floor(s / 3600) % 24, Math.floor(s / 60) % 60];
  if (d) return `${d}${NB}jour${d > 1 ? 's' : ''} ${hh}${NB}h ${mm}${NB}min`;
  if (hh) return `${hh}${NB}h ${mm}${NB}min`;
  return s < 600 ? `${mm}${NB}min ${s % 60}${NB}s` : `${mm}${NB}min`;
}

const ZONE = 'Europe/Paris';
const when = (options) => new Intl.DateTimeFormat('fr-FR', { timeZone: ZONE, ...options });
const DAY = when({ day: '2-digit', month: '2-digit', year: 'numeric' });
const CLOCK = when({ hour: '2-digit', minute: '2-digit', second: '2-digit' });
const LONG = when({ weekday: 'long', day: 'numeric', month: 'long', year: 'numeric' });
export const day = (d) => DAY.format(new Date(d));
export const clock = (d) => CLOCK.format(new Date(d));
export const longDay = (d) => withFirst(LONG.format(new Date(d)));
/** 12/03/2026 à 11:42:07 */
export const stamp = (d) => `${day(d)} à ${clock(d)}`;
export const time = (d, text = stamp(d)) => h('time', { datetime: new Date(d).toISOString() }, text);

/** 4 groups of 4 hex digits, the whole in the title. */
export function print(hex) {
  return h('code', { class: 'mg-print', title: hex }, `${hex.slice(0, 16).replace(/(.{4})(?=.)/g, '$1 ')}…`);
}

export const count = (n, one, many) => `${n.toLocaleString('fr-FR')}${NB}${n > 1 ? many : one}`;

export function progress(label, value = 0, { big, ok } = {}) {
  return h('progress', { class: [big && 'big', ok && 'ok'].filter(Boolean).join(' ') || null, max: 100, value, 'aria-label': label }, `${value} %`);
}

/** Line of stations; states: done, here, next, bad. */
export function stations(label, items) {
  const words = { done: '(fait)', here: '(étape en cours)', next: '(à venir)', bad: '(refusé)' };
  return h('div', { class: 'mg-stations-box' }, h('ol', { class: 'mg-stations', 'aria-label': label }, items.map(([name, detail, state]) => h(
    'li', { class: state, 'aria-current': state === 'here' ? 'step' : null },
    h('span', { class: 'dot' }, state === 'done' ? icon('check') : state === 'bad' ? icon('cross') : null), h('b', {}, `${name} `, vh(words[state])), h('small', {}, detail),
  ))));
}

/** Table that becomes cards on a phone. @param columns [label, {r, hidden}] @param rows arrays of nodes; the first cell is the row's header */
export function table(caption, columns, rows, { hideCaption } = {}) {
  return h('div', { class: 'mg-tablebox' }, h('table', { class: 'mg-table', role: 'table' },
    h('caption', { class: hideCaption ? 'vh' : null }, caption),
    h('thead', { role: 'rowgroup' }, h('tr', { role: 'row' }, columns.map(([label, o = {}]) => h('th', { scope: 'col', role: 'columnheader', class: o.r ? 'r' : null }, o.hidden ? vh(label) : label)))),
    h('tbody', { role: 'rowgroup' }, rows.map((cells) => h('tr', { role: 'row' }, cells.map((cell, i) => {
      const [label, o = {}] = columns[i];
      if (i === 0) return h('th', { scope: 'row', role: 'rowheader' }, cell);
      return h('td', { role: 'cell', class: o.r ? 'r' : null, 'data-l': o.hidden ? null : o.short ?? label }, cell === null || cell === '' ? null : h('span', {}, cell));
    }))))));
}

export function say(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

/** Give the keyboard the new state of the page. */
export function focus(node) {
  if (!node.hasAttribute('tabindex') && !/^(A|BUTTON|INPUT|SELECT|TEXTAREA)$/.test(node.tagName)) node.setAttribute('tabindex', '-1');
  node.focus({ preventScroll: false });
  node.scrollIntoView?.({ block: 'start', behavior: 'auto' });
}

/** The worker, checked against the integrity value built into this page before it starts. */
export class Sealer {
  constructor() {
    this.next = 1;
    this.waiting = new Map();
    this.listeners = new Set();
    this.ready = this.#start();
  }

  async #start() {
    const url = new URL(`./${WORKER_FILE}`, import.meta.url);
    try {
      const r = await fetch(url, { integrity: WORKER_SRI, credentials: 'same-origin' });
      if (!r.ok) throw new Error(String(r.status));
      await r.arrayBuffer();
    } catch (cause) {
      throw new PliError('programme', 'Le programme de scellement n’a pas pu être chargé intact. Rien n’a été envoyé : rechargez la page, et si cela se répète prévenez l’assistance.', { cause });
    }
    const worker = new Worker(url, { type: 'module' });
    worker.onmessage = ({ data }) => {
      const wait = data.ok === undefined ? null : this.waiting.get(data.id);
      if (!wait) {
        for (const f of this.listeners) f(data);
        return;
      }
      this.waiting.delete(data.id);
      if (data.ok) wait.resolve(data.result);
      else wait.reject(Object.assign(new PliError(data.erreur.code, data.erreur.message), { remede: data.erreur.remede, detail: data.erreur.detail }));
    };
    worker.onerror = (e) => {
      for (const { reject } of this.waiting.values()) reject(new PliError('programme', `Le programme de scellement s’est arrêté (${e.message ?? 'cause inconnue'}). Rechargez la page pour reprendre.`));
      this.waiting.clear();
    };
    return worker;
  }

  /** @returns {Promise & {id: number}} */
  call(op, args = {}, transfer = []) {
    const id = this.next++;
    const p = this.ready.then((w) => new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      w.postMessage({ ...args, id, op }, transfer);
    }));
    p.id = id;
    return p;
  }

  async stop(id) {
    (await this.ready).postMessage({ op: 'interrompre', cible: id });
  }

  on(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/** Clock of the server: `offset` milliseconds ahead of this machine. */
export class ServerClock {
  constructor(serveur, roundTrip = 0) {
    this.offset = serveur ? Date.parse(serveur) + roundTrip / 2 - Date.now() : 0;
  }

  now() {
    return Date.now() + this.offset;
  }
}

/** JSON call from a page; throws PliError with the server's words. */
export async function api(url, { method = 'GET', body, token, form } = {}) {
  let r;
  try {
    r = await fetch(url, {
      method, credentials: 'same-origin', cache: 'no-store', body: form ?? (body === undefined ? undefined : JSON.stringify(body)),
      headers: { Accept: 'application/json', ...(body === undefined ? {} : { 'Content-Type': 'application/json' }), ...(token ? { 'X-CSRF-TOKEN': token } : {}) },
    });
  } catch (cause) {
    throw new PliError('reseau', 'La plateforme ne répond pas : vérifiez votre connexion, puis recommencez.', { cause });
  }
  const json = await r.json().catch(() => null);
  if (!r.ok || json === null) {
    const login = r.status === 401 || r.redirected;
    throw new PliError(json?.code ?? (login ? 'session' : `http-${r.status}`), json?.message ?? (login ? 'Votre session est terminée : reconnectez-vous, puis rechargez cette page.' : `La plateforme a refusé la demande (réponse ${r.status}).`));
  }
  return json;
}

/** Save bytes or a Blob under a name. */
export function download(blob, name) {
  const url = URL.createObjectURL(blob);
  const a = h('a', { href: url, download: name });
  document.body.append(a);
  a.click();
  a.remove();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

export function errorNote(error, ...more) {
  const node = note('bad', error.message, error.remede && h('p', {}, error.remede), h('p', { class: 'small soft' }, `Code : ${error.code ?? error.name}`), ...more);
  node.setAttribute('role', 'alert');
  if (error.detail) console.error(error.detail);
  return node;
}
