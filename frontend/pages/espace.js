// Why: many documents at once, dropped or chosen, each with its progress and its own refusal; without this script the form
// sends them all in one go. Hooks: form[data-depot=address][data-limite=octets][data-jeton], in it [data-zone=depot] and
// [data-suivi=depot]. Each file is announced (name, size) before its bytes leave, so that what is refused costs nothing.

import { french as h } from './typography.js';

const form = document.querySelector('form[data-depot]');
const mo = (octets) => `${(octets / 1e6).toLocaleString('fr-FR', { maximumFractionDigits: 1 })} Mo`;

function refusal(answer, fallback) {
  try {
    return JSON.parse(answer).message ?? fallback;
  } catch {
    return fallback;
  }
}

function line(list, name) {
  const item = document.createElement('li');
  const title = document.createElement('strong');
  const said = document.createElement('span');
  const bar = document.createElement('progress');
  title.textContent = name;
  said.className = 'sub';
  bar.max = 100;
  bar.value = 0;
  bar.setAttribute('aria-label', name);
  item.append(title, said, bar);
  list.append(item);
  return {
    tell: (words) => { said.textContent = h(words); },
    at: (percent) => { bar.value = percent; },
    refuse: (words) => {
      bar.remove();
      said.className = 'mg-error';
      said.textContent = h(`Pas déposé. ${words}`);
    },
    end: (words, url) => {
      bar.remove();
      said.textContent = h(words);
      if (url) {
        const link = document.createElement('a');
        link.href = url;
        link.textContent = name;
        title.replaceChildren(link);
      }
    },
  };
}

/** What was refused stays to be read; the documents above are then those of before. */
function summary(list, kept, lost) {
  const item = document.createElement('li');
  const link = document.createElement('a');
  link.href = location.href.split('#')[0];
  link.textContent = 'Voir la liste à jour';
  const count = (number, one, many) => (number > 1 ? `${number} ${many}` : `Un ${one}`);
  item.append(h(`${count(kept, 'fichier est déposé', 'fichiers sont déposés')}, ${lost > 1 ? `${lost} ne le sont pas` : 'un ne l’est pas'}. `), link);
  list.append(item);
  document.querySelector('[data-vide]')?.remove();
}

async function announce(address, token, file) {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'X-CSRF-TOKEN': token },
    body: JSON.stringify({ nom: file.name, taille: file.size }),
  });
  if (!answer.ok) throw new Error(refusal(await answer.text(), 'Le serveur a refusé ce fichier. Réessayez.'));
}

function send(address, token, folder, file, row) {
  return new Promise((done, fail) => {
    const request = new XMLHttpRequest();
    const data = new FormData();
    const began = performance.now();
    data.append('dossier', folder);
    data.append('fichier', file, file.name);
    request.open('POST', address);
    request.setRequestHeader('X-CSRF-TOKEN', token);
    request.upload.onprogress = ({ loaded, total }) => {
      const seconds = (performance.now() - began) / 1000;
      const left = Math.max(0, Math.round((total - loaded) / (loaded / seconds || 1)));
      row.at((100 * loaded) / total);
      row.tell(`${mo(loaded)} sur ${mo(total)}, reste ${left} s`);
    };
    request.onerror = () => fail(new Error('La connexion s’est interrompue : ce fichier n’est pas déposé, recommencez.'));
    request.onload = () => {
      if (request.status === 200) done(JSON.parse(request.responseText));
      else fail(new Error(refusal(request.responseText, 'Le dépôt a échoué. Réessayez.')));
    };
    request.send(data);
  });
}

async function deposit(files) {
  const { depot: address, jeton: token, limite } = form.dataset;
  const list = form.querySelector('[data-suivi]');
  const folder = form.elements.dossier.value;
  const button = form.querySelector('button[value=deposer]');
  button.disabled = true;
  let kept = 0;
  let lost = 0;
  for (const file of files) {
    const row = line(list, file.name);
    try {
      if (file.size > Number(limite)) throw new Error(`« ${file.name} » pèse ${mo(file.size)}, la limite est ${mo(Number(limite))} : réduisez-le ou partagez-le.`);
      await announce(address, token, file);
      const made = await send(address, token, folder, file, row);
      row.end(made.version > 1 ? `Déposé : version ${made.version}` : 'Déposé', made.url);
      kept += 1;
    } catch (error) {
      row.refuse(error.message);
      lost += 1;
    }
  }
  button.disabled = false;
  form.elements.fichiers.value = '';
  if (kept && !lost) location.reload();
  else if (kept) summary(list, kept, lost);
}

if (form) {
  const zone = form.querySelector('[data-zone]');
  form.addEventListener('submit', (event) => {
    const files = [...form.elements.fichiers.files];
    if (!files.length) return;
    event.preventDefault();
    deposit(files);
  });
  for (const name of ['dragenter', 'dragover']) zone.addEventListener(name, (event) => { event.preventDefault(); zone.dataset.sur = 'oui'; });
  for (const name of ['dragleave', 'drop']) zone.addEventListener(name, () => { delete zone.dataset.sur; });
  zone.addEventListener('drop', (event) => { event.preventDefault(); deposit([...event.dataTransfer.files]); });
}
