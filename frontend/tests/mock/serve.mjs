// Why: run the pages against the mock: node tests/mock/serve.mjs [PORT]; prints one JSON line {origin, keys} when ready.
// GET /__commande?… changes the mock for journeys: coupure=N (drop the next N parts), echeance=SECONDS, vider=1.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as m from '../../engine/index.js';
import { Mock } from './server.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const theme = resolve(here, '../../../src/megalis.portal/megalis/portal/theme/static');
const manifest = JSON.parse(readFileSync(`${theme}/built/manifest.json`, 'utf8'));

const page = (name, title, body) => `<!doctype html><html lang="fr"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"><title>${title}</title>
<link rel="stylesheet" href="/theme/tokens.css"><link rel="stylesheet" href="/theme/megalis.css"><link rel="stylesheet" href="/theme/site.css">
<script type="module" src="/built/${manifest.portail.file}" integrity="${manifest.portail.sri}"></script>
<script type="module" src="/built/${manifest[name].file}" integrity="${manifest[name].sri}"></script></head><body>
<main id="contenu"><div class="mg-wrap" data-sprite="/theme/icons.svg"><div class="mg-title"><h1>${title}</h1></div>${body}</div></main></body></html>`;

const logN = 12;
const keys = [m.generateIdentity(), m.generateIdentity(), m.generateIdentity()];
const mock = new Mock({
  keys,
  statics: {
    '/consultation/deposer': page('depot', 'Déposer un pli', '<div id="depot" data-base="/consultation" data-verifier="/verifier" data-cli="/aide/terminal" data-aide="/aide"><p>Il faut JavaScript.</p></div>'),
    '/consultation/ouverture': page('ouverture', 'Ouverture des plis', '<div id="ouverture" data-base="/consultation"><p>Il faut JavaScript.</p></div>'),
    '/collectivite/cles': page('cles', 'Clés de la collectivité', '<div id="cles" data-base="/collectivite" data-authenticator="jeton" data-collectivite="Commune de Plougastel-Daoulas"><p>Il faut JavaScript.</p></div>'),
    '/verifier': page('verifier', 'Vérifier un accusé de dépôt', '<div id="verifier"><p>Il faut JavaScript.</p></div>'),
    '/built/': `${theme}/built`,
    '/theme/': theme,
  },
});
mock.token = 'jeton';
await mock.listen(Number(process.argv[2] ?? 0));

mock.faults.push((req, res, name, url) => {
  if (name === '__commande') {
    const q = url.searchParams;
    if (q.has('coupure')) mock.cuts = Number(q.get('coupure'));
    if (q.has('lenteur')) mock.slow = Number(q.get('lenteur'));
    if (q.has('echeance')) mock.deadline = Date.now() + 1000 * Number(q.get('echeance'));
    if (q.has('abimer')) {
      const d = [...mock.deposits.values()].at(Number(q.get('abimer')));
      d.damage = (b) => { const c = Buffer.from(b); c[c.length >> 1] ^= 1; return c; };
    }
    if (q.has('deplacer')) [...mock.deposits.values()].at(Number(q.get('deplacer'))).wrongContext = true;
    res.writeHead(200, { 'Content-Type': 'application/json' });
    res.end(JSON.stringify({ log: mock.log, verdicts: mock.verdicts, poured: mock.poured, depots: [...mock.deposits].map(([id, d]) => ({ id, etat: d.etat ?? null, reponse: d.answer ?? null, demande: d.demand ?? null })), cles: [...mock.registered].map(([cle, k]) => ({ cle, role: k.role, proofs: k.proofs, recipient: k.recipient })) }));
    return true;
  }
  if (name === '@@depot-partie' && mock.cuts > 0) {
    mock.cuts--;
    req.socket.destroy();
    return true;
  }
  if (name === '@@depot-partie' && mock.slow) return new Promise((r) => { setTimeout(() => r(false), mock.slow); });
  return false;
});
const files = [];
for (const k of keys) files.push(m.text(await m.wrapKeyFile(k, 'phrase de démonstration', { logN })));
console.log(JSON.stringify({ origin: mock.origin, identities: keys.map((k) => k.text), files }));
