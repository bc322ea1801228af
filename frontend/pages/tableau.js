// Why: the cards of a board go from column to column by mouse and by keyboard. The form of each card does the same without this
// script, and is what moves it here too: the server says yes or no, and the board it answers replaces this one.
// Hooks: [data-tableau] around [data-colonne=state] sections with their h2, in them li[data-tache][data-titre] with a form whose
// select[name=etat] lists the states the card may enter.

import { barred, reached, refusal, spoken } from './colonnes.js';
import { french as h } from './typography.js';

const HELP = 'Espace prend la carte, les flèches la portent d’une colonne à l’autre, Entrée la pose, Échap la laisse à sa place.';
const columns = () => [...document.querySelectorAll('[data-tableau] [data-colonne]')];
const columnOf = (card) => card.closest('[data-colonne]').dataset.colonne;
const opened = (card) => [...card.querySelectorAll('select[name=etat] option')].map((option) => option.value);
const said = document.createElement('p');
let carried = null; // {card, target}: what the keyboard holds
let dragged = null;
let over = null; // the column the mouse holds a card above

function mark(card, target) {
  const open = card ? opened(card) : [];
  for (const column of columns()) {
    const name = column.dataset.colonne;
    column.classList.toggle('is-open', Boolean(card) && open.includes(name));
    column.classList.toggle('is-shut', Boolean(card) && !open.includes(name) && name !== columnOf(card));
    column.classList.toggle('is-target', Boolean(card) && name === target);
    column.querySelector('[data-refus]')?.remove();
    if (column.classList.contains('is-shut')) column.querySelector('h2').after(sign(card, name));
  }
}

// Why a column is shut, where the mouse is; the live region says it to those who do not see it.
function sign(card, name) {
  const words = document.createElement('p');
  Object.assign(words, { className: 'mg-board__no small', textContent: h(why(card, name)) });
  words.dataset.refus = '';
  words.setAttribute('aria-hidden', 'true');
  return words;
}

function titles() {
  return Object.fromEntries(columns().map((column) => [column.dataset.colonne, column.dataset.nom]));
}

function why(card, name) {
  return refusal(card.dataset.titre, titles(), opened(card), columnOf(card), name);
}

function say(words, wrong = false) {
  said.textContent = h(words);
  said.classList.toggle('mg-error', wrong);
}

function release(words) {
  carried?.card.querySelector('[data-prise]')?.setAttribute('aria-pressed', 'false');
  carried = null;
  mark(null);
  if (words) say(words);
}

async function move(card, target) {
  const form = card.querySelector('form');
  const data = new FormData(form);
  const id = card.dataset.tache;
  const title = card.dataset.titre;
  data.set('etat', target);
  data.set('faire', 'etat');
  card.setAttribute('aria-busy', 'true');
  let page;
  try {
    // a field named « action » would hide the property of the form
    const answer = await fetch(form.getAttribute('action'), { method: 'POST', body: data, credentials: 'same-origin' });
    page = new DOMParser().parseFromString(await answer.text(), 'text/html');
    const refusal = page.querySelector('.mg-errors li');
    if (refusal || !answer.ok) throw new Error(refusal?.textContent.trim() || 'Le serveur a refusé ce déplacement : rechargez la page.');
  } catch (error) {
    card.removeAttribute('aria-busy');
    say(error instanceof TypeError ? `${title} n’a pas bougé : la connexion s’est interrompue, recommencez.` : error.message, true);
    return;
  }
  const fresh = page.querySelector('[data-tableau]');
  if (!fresh) {
    location.reload();
    return;
  }
  document.querySelector('[data-tableau]').replaceChildren(...fresh.childNodes);
  dress();
  const column = columns().find((item) => item.dataset.colonne === target);
  say(column ? `${title} est dans « ${column.dataset.nom} ».` : `${title} est rangée.`);
  document.querySelector(`[data-tache="${id}"] [data-prise]`)?.focus();
}

function press(event) {
  const card = event.currentTarget.closest('[data-tache]');
  const names = columns().map((column) => column.dataset.colonne);
  const holds = carried?.card === card;
  if (event.key === ' ' || event.key === 'Enter') {
    event.preventDefault();
    if (!holds) {
      carried = { card, target: columnOf(card) };
      event.currentTarget.setAttribute('aria-pressed', 'true');
      mark(card, carried.target);
      say(`${spoken(card.dataset.titre, names, titles(), carried.target, columnOf(card))}. ${HELP}`);
      return;
    }
    const { target } = carried;
    release();
    if (target === columnOf(card)) say(`${card.dataset.titre} reste à sa place.`);
    else move(card, target);
  } else if (holds && event.key === 'Escape') {
    release(`${card.dataset.titre} reste à sa place.`);
  } else if (holds && /^(Arrow(Left|Right)|Home|End)$/.test(event.key)) {
    event.preventDefault();
    const before = carried.target;
    const ways = [...opened(card), columnOf(card)];
    const closed = barred(names, ways, before, event.key);
    carried.target = reached(names, ways, before, event.key);
    mark(card, carried.target);
    const where = spoken(card.dataset.titre, names, titles(), carried.target, columnOf(card));
    say(closed ? `${why(card, closed)} ${where}` : where, Boolean(closed));
  }
}

function handle(card) {
  const button = document.createElement('button');
  Object.assign(button, { type: 'button', className: 'mg-task__grip', title: h(HELP) });
  button.dataset.prise = '';
  button.setAttribute('aria-label', h(`Porter ${card.dataset.titre} dans une autre colonne`));
  button.setAttribute('aria-pressed', 'false');
  button.addEventListener('keydown', press);
  button.addEventListener('blur', () => { if (carried?.card === card) release(`${card.dataset.titre} reste à sa place.`); });
  card.prepend(button);
}

function dress() {
  for (const card of document.querySelectorAll('[data-tableau] [data-tache]')) {
    if (!card.querySelector('form')) continue;
    card.draggable = true;
    handle(card);
    card.addEventListener('dragstart', (event) => {
      dragged = card;
      over = null;
      event.dataTransfer.effectAllowed = 'move';
      event.dataTransfer.setData('text/plain', card.dataset.titre);
      mark(card, columnOf(card));
    });
    card.addEventListener('dragend', () => {
      const shut = dragged && over?.classList.contains('is-shut') ? over.dataset.colonne : '';
      dragged = null;
      mark(null);
      if (shut) say(why(card, shut), true);
    });
  }
  for (const column of columns()) {
    const enters = () => dragged && opened(dragged).includes(column.dataset.colonne);
    for (const name of ['dragenter', 'dragover']) {
      column.addEventListener(name, (event) => {
        if (dragged) over = column;
        if (!enters()) return;
        event.preventDefault();
        mark(dragged, column.dataset.colonne);
      });
    }
    column.addEventListener('drop', (event) => {
      if (!enters()) return;
      event.preventDefault();
      const card = dragged;
      dragged = null;
      mark(null);
      move(card, column.dataset.colonne);
    });
  }
}

const board = document.querySelector('[data-tableau]');
if (board) {
  said.className = 'mg-board__said small soft';
  said.setAttribute('role', 'status');
  board.before(said);
  dress();
}
