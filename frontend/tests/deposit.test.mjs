// Why: a deposit survives cuts, reloads, damaged parts and repeated requests, and never reuses a nonce.

import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import * as m from '../engine/index.js';
import { checkFile } from '../worker/checks.js';
import { Client, DepotError } from '../worker/client.js';
import { createDeposit, Deposit, inlineTails, stillBound, storeKey } from '../worker/deposit.js';
import { memoryFolder, openOne } from '../worker/opening.js';
import { MemoryStore } from '../worker/store.js';
import { fetchSend } from '../worker/transport.js';
import { listed, Mock } from './mock/server.mjs';

const PART = 128 * 1024;
const keys = [m.generateIdentity(), m.generateIdentity()];
let mock;
let store;
let parameters;

beforeEach(async () => {
  mock = await new Mock({ keys, part: PART }).listen();
  store = new MemoryStore();
  parameters = mock.parameters();
});
afterEach(() => mock.close());

async function choose(...sizes) {
  const envelopes = [];
  for (const [i, size] of sizes.entries()) {
    const bytes = new Uint8Array(size);
    for (let a = 0; a < size; a += 65536) crypto.getRandomValues(bytes.subarray(a, Math.min(size, a + 65536)));
    const blob = new Blob([bytes]);
    envelopes.push({ lot: i ? String(i) : null, enveloppe: i ? 'offre' : 'candidature', libelle: 'x', files: [{ name: `pièce ${i}.pdf`, size, type: 'application/pdf', blob, sha256: await m.hashBlob(blob) }] });
  }
  return envelopes;
}

const blobsOf = (record, envelopes) => new Map(record.plis.map((p, i) => [p.pli, envelopes[i].files.map((f) => f.blob)]));

function start(record, envelopes, options = {}) {
  const events = [];
  const client = new Client({ base: mock.base, token: parameters.authenticator, send: fetchSend, report: (e) => events.push(e), sleep: () => new Promise((r) => { setTimeout(r, 5); }) });
  const deposit = new Deposit({ record, blobs: blobsOf(record, envelopes), client, store, report: (e) => events.push(e), ...options });
  return { deposit, events };
}

async function openAll() {
  mock.begun = ['candidature', 'offre'];
  const out = [];
  for (const row of mock.rows()) out.push(await openOne({ row: { ...row, racine: undefined }, url: `${mock.base}/@@pli-chiffre?pli=${row.pli}`, identities: [keys[1]], folder: memoryFolder() }));
  return out;
}

test('small bids leave in one request, big ones in parts; all open intact', async () => {
  const envelopes = await choose(1000, 400_000, 300_000);
  const record = await createDeposit({ parameters, envelopes, store });
  const { deposit, events } = start(record, envelopes);
  const proof = await deposit.run();
  assert.match(proof.reponse.numero, /^AD-/);
  assert.equal(proof.reponse.hors_delai, false);
  const last = events.filter((e) => e.type === 'avancee').at(-1);
  assert.equal(last.envoye, last.total);
  for (const p of last.plis) for (const f of p.fichiers) assert.equal(f.envoye, f.taille);
  assert.equal(await store.get(storeKey(mock.consultation)), undefined);
  const opened = await openAll();
  assert.equal(opened.length, 3);
  opened.forEach((o, i) => {
    assert.equal(o.verdict, 'intact', o.message);
    assert.equal(o.documents[0].sha256, envelopes[i].files[0].sha256);
  });
  const small = await choose(500);
  const one = await createDeposit({ parameters, envelopes: small, store });
  mock.log.length = 0;
  await start(one, small).deposit.run();
  assert.deepEqual(mock.log, ['GET @@depot-etat', 'POST @@depot-finaliser']);
});

test('network cuts, server errors and a damaged part are waited out; bytes are the same', async () => {
  const envelopes = await choose(600_000);
  const record = await createDeposit({ parameters, envelopes, store });
  let n = 0;
  mock.faults.push(async (req, res, name) => {
    if (name !== '@@depot-partie' || ++n > 6) return false;
    if (n % 3 === 0) {
      res.writeHead(503);
      res.end();
    } else if (n % 3 === 1) req.socket.destroy();
    else {
      for await (const p of req) void p;
      res.writeHead(422, { 'Content-Type': 'application/json' });
      res.end('{"code":"empreinte"}');
    }
    return true;
  });
  const { deposit, events } = start(record, envelopes);
  await deposit.run();
  assert.ok(events.some((e) => e.etat === 'coupure'));
  assert.ok(events.some((e) => e.etat === 'repris'));
  assert.equal((await openAll())[0].verdict, 'intact');
});

test('an answer lost after the server stored the part or the deposit: repeated without harm', async () => {
  const envelopes = await choose(300_000);
  const record = await createDeposit({ parameters, envelopes, store });
  const lost = new Set(['@@depot-partie', '@@depot-finaliser']);
  mock.faults.push((req, res, name) => {
    if (!lost.delete(name)) return false;
    const end = res.end.bind(res);
    res.writeHead = () => res;
    res.end = () => { req.socket.destroy(); return end; };
    return false;
  });
  const { deposit } = start(record, envelopes);
  const proof = await deposit.run();
  assert.equal(proof.reponse.depot, record.depot);
  assert.equal(mock.deposits.size, 1);
  assert.equal((await openAll())[0].verdict, 'intact');
});

test('after a reload the same bytes continue from where the server stands, hashes stored before each send', async () => {
  const envelopes = await choose(900_000, 20_000);
  const record = await createDeposit({ parameters, envelopes, store });
  const control = new AbortController();
  let puts = 0;
  mock.faults.push(async (req, res, name, url) => {
    if (name !== '@@depot-partie') return false;
    const kept = await store.get(storeKey(mock.consultation));
    const index = Number(url.searchParams.get('offset')) / PART;
    const pli = kept.plis.find((p) => p.pli === url.searchParams.get('pli'));
    assert.match(pli.plainHashes[index] ?? '', /^[0-9a-f]{64}$/, 'plaintext hash must be stored before the part is sent');
    if (++puts === 4) control.abort();
    return false;
  });
  await assert.rejects(start(record, envelopes, { signal: control.signal }).deposit.run(), { name: 'AbortError' });
  const kept = await store.get(storeKey(mock.consultation));
  assert.ok(kept.plis[0].recu >= 3 * PART);
  assert.ok(stillBound(kept, parameters));
  assert.ok(!stillBound(kept, { ...parameters, echeance: '2030-01-01T00:00:00Z' }));
  puts = 100;
  mock.log.length = 0;
  await start(kept, envelopes).deposit.run();
  assert.ok(mock.log.filter((l) => l === 'PUT @@depot-partie').length <= Math.ceil(900_000 / PART) - 3);
  assert.deepEqual((await openAll()).map((o) => o.verdict), ['intact', 'intact']);
});

test('a file changed between two visits: nothing more leaves under the old key', async () => {
  const envelopes = await choose(900_000);
  const record = await createDeposit({ parameters, envelopes, store });
  const control = new AbortController();
  let puts = 0;
  mock.faults.push((req, res, name) => {
    if (name === '@@depot-partie' && ++puts === 4) control.abort();
    return false;
  });
  await assert.rejects(start(record, envelopes, { signal: control.signal }).deposit.run());
  const kept = await store.get(storeKey(mock.consultation));
  const bytes = new Uint8Array(await envelopes[0].files[0].blob.arrayBuffer());
  for (const at of [10, 250_000, 380_000]) {
    const other = bytes.slice();
    other[at] ^= 1;
    mock.log.length = 0;
    await assert.rejects(start(structuredClone(kept), [{ files: [{ blob: new Blob([other]) }] }]).deposit.run(), { code: 'empreinte' });
    assert.deepEqual(mock.log, ['GET @@depot-etat']);
  }
  const again = await createDeposit({ parameters, envelopes, store });
  assert.notEqual(again.depot, record.depot);
  assert.notDeepEqual(again.plis[0].fileKey, record.plis[0].fileKey);
  assert.notDeepEqual(again.plis[0].nonce, record.plis[0].nonce);
});

test('refusals keep the server’s words; an expired session and a stale token are told apart', async () => {
  const envelopes = await choose(300_000);
  const record = await createDeposit({ parameters, envelopes, store });
  mock.faults.push(async (req, res, name) => {
    if (name !== '@@depot-partie') return false;
    for await (const p of req) void p;
    res.writeHead(413, { 'Content-Type': 'application/json' });
    res.end('{"code":"quota","message":"Le dépôt dépasse la limite."}');
    return true;
  });
  await assert.rejects(start(record, envelopes).deposit.run(), (e) => e instanceof DepotError && e.code === 'quota' && e.remedy.length > 10);
  mock.faults.length = 0;
  mock.token = 'nouveau';
  await start(await store.get(storeKey(mock.consultation)), envelopes).deposit.run();
  mock.faults.push((req, res) => {
    res.writeHead(401);
    res.end();
    return true;
  });
  const other = await createDeposit({ parameters: mock.parameters(), envelopes, store });
  await assert.rejects(start(other, envelopes).deposit.run(), { code: 'session' });
});

test('a recipient that does not match its published fingerprint is refused before anything is sealed', async () => {
  const envelopes = await choose(10);
  const forged = structuredClone(parameters);
  forged.destinataires[0].recipient = m.generateIdentity().recipient;
  await assert.rejects(createDeposit({ parameters: forged, envelopes, store }), { code: 'cles' });
  assert.equal(await store.get(storeKey(mock.consultation)), undefined);
});

test('a key that does not stand in the journal is refused before anything is sealed', async () => {
  const envelopes = await choose(10);
  const [key, other] = [parameters.destinataires[0], m.generateIdentity()];
  const flip = (hex) => (hex[0] === '0' ? '1' : '0') + hex.slice(1);
  const tries = {
    'no proof at all': { inscription: null },
    'the proof of another key': listed(other),
    'another journal': listed(key, new Uint8Array(32).fill(6)),
    'a salt that is not that of the leaf': { inscription: { ...key.inscription, sel: 'cd'.repeat(32) } },
    'a path that leads elsewhere': { inscription: { ...key.inscription, preuve: { ...key.inscription.preuve, chemin: key.inscription.preuve.chemin.map(flip) } } },
    'a head of another size': { inscription: { ...key.inscription, preuve: { ...key.inscription.preuve, taille: 3 } } },
    'an event of another kind': { inscription: { ...key.inscription, evenement: { ...key.inscription.evenement, type: 'exercice' } } },
  };
  for (const [name, { inscription }] of Object.entries(tries)) {
    const forged = structuredClone(parameters);
    forged.destinataires[0].inscription = inscription;
    await assert.rejects(createDeposit({ parameters: forged, envelopes, store }), { code: 'cles' }, name);
  }
  await assert.rejects(createDeposit({ parameters: { ...parameters, journal: listed(key, new Uint8Array(32).fill(6)).journal }, envelopes, store }), { code: 'cles' });
  assert.equal(await store.get(storeKey(mock.consultation)), undefined);
  await createDeposit({ parameters, envelopes, store });
});

test('what an opener would refuse is not sealed: too many documents, a strange media type, one name twice', async () => {
  const [{ files: [model] }] = await choose(10);
  const many = [{ lot: null, enveloppe: 'offre', libelle: 'Offre', files: Array.from({ length: 1001 }, (_, i) => ({ ...model, name: `${i}.pdf` })) }];
  await assert.rejects(createDeposit({ parameters, envelopes: many, store }), { code: 'nombre' });
  assert.equal(await store.get(storeKey(mock.consultation)), undefined);
  const odd = await createDeposit({ parameters, envelopes: [{ lot: null, enveloppe: 'offre', files: [{ ...model, type: 'text/plain; charset=utf-8' }] }], store });
  assert.equal(odd.plis[0].files[0].type, 'application/octet-stream');
  assert.equal((await checkFile(new Blob(['x']), 'ﬁche.txt', [], ['fiche.txt'])).code, 'doublon');
});

test('tails travel together only within one part', () => {
  const plis = (...sizes) => sizes.map((taille, i) => ({ pli: String(i), taille }));
  assert.deepEqual([...inlineTails(plis(100, 200), 1000)], ['0', '1']);
  assert.deepEqual([...inlineTails(plis(900, 200), 1000)], ['1']);
  assert.deepEqual([...inlineTails(plis(2000, 1000), 1000)], []);
  assert.deepEqual([...inlineTails(plis(1600, 2400), 1000)], ['1', '0']);
});

test('opening: altered, wrong context, wrong key, cut network', async () => {
  const envelopes = await choose(500_000);
  const record = await createDeposit({ parameters, envelopes, store });
  await start(record, envelopes).deposit.run();
  const [row] = mock.rows();
  const d = mock.deposits.get(record.depot);
  const go = (options = {}) => openOne({ row: { ...row, racine: undefined }, url: `${mock.base}/@@pli-chiffre?pli=${row.pli}`, identities: [keys[0]], folder: memoryFolder(), sleep: async () => {}, ...options });
  assert.equal((await go()).verdict, 'intact');
  d.damage = (b) => { const c = Buffer.from(b); c[300_000] ^= 4; return c; };
  assert.equal((await go()).verdict, 'altere');
  d.damage = null;
  assert.equal((await go({ row: { ...row, contexte: { ...row.contexte, lot: '7' } } })).verdict, 'contexte');
  assert.equal((await go({ identities: [m.generateIdentity()] })).verdict, 'illisible');
  assert.equal((await go({ row: { ...row, racine: '0'.repeat(64) } })).verdict, 'altere');
  let cuts = 2;
  mock.faults.push((req, res, name) => {
    if (name !== '@@pli-chiffre' || cuts-- <= 0) return false;
    const bytes = d.plis.get(row.pli);
    res.writeHead(200, { 'Content-Length': bytes.length });
    res.write(bytes.subarray(0, 200_000));
    setTimeout(() => req.socket.destroy(), 30);
    return true;
  });
  const after = await go();
  assert.equal(after.verdict, 'intact');
  assert.equal(after.documents[0].sha256, envelopes[0].files[0].sha256);
});

test('sanity checks: PDF, ZIP, names, formats', async () => {
  const pdfBody = '%PDF-1.4\n1 0 obj\n<<>>\nendobj\n';
  const pdf = `${pdfBody}xref\n0 1\n0000000000 65535 f \ntrailer\n<<>>\nstartxref\n${pdfBody.length}\n%%EOF\n`;
  const code = async (content, name, formats = ['pdf', 'zip', 'txt'], others = []) => (await checkFile(new Blob([content]), name, formats, others)).code;
  assert.equal(await code(pdf, 'a.pdf'), 'ok');
  assert.equal(await code(pdf.slice(0, -40), 'a.pdf'), 'pdf');
  assert.equal(await code('bonjour', 'a.pdf'), 'pdf');
  assert.equal(await code('', 'a.pdf'), 'vide');
  assert.equal(await code('x', 'a.pages'), 'format');
  assert.equal(await code('x', 'a/b.txt'), 'nom');
  assert.equal(await code('x', 'A.txt', ['txt'], ['a.TXT']), 'doublon');
  assert.equal(await code(`x${'é'}`, 'é.txt'), 'ok');
  const name = Buffer.from('a.txt');
  const local = Buffer.alloc(30);
  local.writeUInt32LE(0x04034b50, 0);
  local.writeUInt16LE(name.length, 26);
  const central = Buffer.alloc(46);
  central.writeUInt32LE(0x02014b50, 0);
  central.writeUInt16LE(name.length, 28);
  const eocd = Buffer.alloc(22);
  eocd.writeUInt32LE(0x06054b50, 0);
  eocd.writeUInt16LE(1, 8);
  eocd.writeUInt16LE(1, 10);
  eocd.writeUInt32LE(46 + name.length, 12);
  eocd.writeUInt32LE(30 + name.length, 16);
  const zip = Buffer.concat([local, name, central, name, eocd]);
  assert.equal(await code(zip, 'a.zip'), 'ok');
  assert.equal(await code(zip.subarray(0, -10), 'a.zip'), 'zip');
  assert.equal(await code(zip.subarray(10), 'a.zip'), 'zip');
  central.writeUInt16LE(1, 8);
  assert.equal(await code(Buffer.concat([local, name, central, name, eocd]), 'a.zip'), 'zip');
});
