// Why: the salts that prove each document stay in the browser that made the deposit; a receipt downloaded later from its
// page takes them along. Container: <a id="accuse-json" href data-depot data-numero>, <p id="accuse-sels" hidden>.

import { api, download, Sealer } from './ui.js';

const link = document.getElementById('accuse-json');

async function enrich() {
  const sealer = new Sealer();
  const proof = await sealer.call('preuve', { depot: link.dataset.depot });
  if (!proof) return;
  document.getElementById('accuse-sels').hidden = false;
  link.addEventListener('click', async (event) => {
    event.preventDefault();
    try {
      const receipt = await api(link.href);
      download(new Blob([JSON.stringify({ ...receipt, sels: proof.sels }, null, 1)], { type: 'application/json' }), `accuse-${link.dataset.numero}.json`);
    } catch (error) {
      location.assign(link.href); // without the salts rather than not at all
    }
  });
}

if (link) enrich().catch((error) => console.warn(error));
