// Why: the Deposit HTTP API of one consultation in memory, with real checks, so that the worker and pages run without Plone.
// Faults are injected with `faults` (functions that may answer in place of the server).

import { createHash, randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { ed25519 } from '@noble/curves/ed25519.js';
import * as m from '../../engine/index.js';
import { parseHeader } from '../../engine/header.js';

const PART = 8 * 1024 * 1024;
const TYPES = { '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.json': 'application/json', '.css': 'text/css', '.svg': 'image/svg+xml' };
const rfc = (ms) => new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');

const bodyOf = async (req) => {
  const pieces = [];
  for await (const p of req) pieces.push(p);
  return Buffer.concat(pieces);
};

async function formOf(req, body) {
  return new Response(body, { headers: { 'content-type': req.headers['content-type'] } }).formData();
}

/** A journal of two leaves, a key and its neighbour, with the proof of the key. @returns {{journal, inscription}} */
export function listed(key, secret = new Uint8Array(32).fill(5)) {
  const name = 'journal.exemple.bzh';
  const public_ = m.concat(new Uint8Array([1]), ed25519.getPublicKey(secret));
  const id = m.sha256(m.concat(m.utf8(`${name}\n`), public_)).subarray(0, 4);
  const evenement = { type: 'cle', destinataire: key.recipient, empreinte: key.fingerprint, role: 'titulaire' };
  const sel = 'ab'.repeat(32);
  const leaf = m.sha256(m.concat(m.unhex(sel), m.dumps(evenement)));
  const neighbour = m.sha256(new Uint8Array(1));
  const text = `${name}\n2\n${m.b64(m.rootOf([leaf, neighbour]))}\n`;
  const checkpoint = `${text}\n— ${name} ${m.b64(m.concat(id, ed25519.sign(m.utf8(text), secret)))}\n`;
  return {
    journal: `${name}+${m.hex(id)}+${m.b64(public_)}`,
    inscription: { evenement, sel, preuve: { index: 0, taille: 2, chemin: [m.hex(m.leafHash(neighbour))], checkpoint } },
  };
}

export class Mock {
  constructor({ keys, deadline = Date.now() + 3 * 3600e3, size = 1 << 30, statics = {}, lots, part = PART } = {}) {
    Object.assign(this, { keys, deadline, size, statics, part });
    this.faults = [];
    this.deposits = new Map();
    this.verdicts = [];
    this.poured = [];
    this.registered = new Map();
    this.log = [];
    this.token = randomBytes(8).toString('hex');
    this.begun = [];
    this.consultation = m.uuid();
    this.envelopes = lots ?? [
      { lot: null, lot_titre: null, enveloppe: 'candidature', libelle: 'Candidature', obligatoire: true },
      { lot: '1', lot_titre: 'Gros œuvre', enveloppe: 'offre', libelle: 'Offre', obligatoire: true },
      { lot: '2', lot_titre: 'Charpente bois et couverture', enveloppe: 'offre', libelle: 'Offre', obligatoire: true },
    ];
  }

  async listen(port = 0) {
    this.server = createServer((req, res) => this.serve(req, res).catch((e) => {
      console.error(e);
      if (!res.headersSent) res.writeHead(500);
      res.end();
    }));
    await new Promise((r) => { this.server.listen(port, '127.0.0.1', r); });
    this.origin = `http://127.0.0.1:${this.server.address().port}`;
    this.base = `${this.origin}/consultation`;
    return this;
  }

  close() {
    this.server.closeAllConnections();
    return new Promise((r) => { this.server.close(r); });
  }

  parameters() {
    return {
      serveur: rfc(Date.now()), echeance: rfc(this.deadline), operateur: 'Entreprise de démonstration', acheteur: '21290189600013', acheteur_nom: 'Commune de Plougastel-Daoulas',
      consultation: this.consultation, reference: '2026-PLG-014', objet: 'Rénovation énergétique du groupe scolaire du bourg', version_dce: 'd'.repeat(64), deposant: 'e'.repeat(64),
      destinataires: this.keys.map((k, i) => ({ role: ['titulaire', 'suppleant', 'secours'][i], recipient: k.recipient, fingerprint: k.fingerprint, inscription: listed(k).inscription })),
      journal: listed(this.keys[0] ?? { recipient: '', fingerprint: '' }).journal,
      enveloppes: this.envelopes, taille_max: this.size, formats: ['pdf', 'odt', 'ods', 'docx', 'xlsx', 'zip', 'txt'], partie: this.part, authenticator: this.token, dernier_depot: null,
    };
  }

  async serve(req, res) {
    const url = new URL(req.url, this.origin);
    const name = url.pathname.split('/').pop();
    const send = (status, json) => {
      res.writeHead(status, { 'Content-Type': 'application/json' });
      res.end(JSON.stringify(json));
    };
    for (const fault of this.faults) if (await fault(req, res, name, url)) return;
    this.log.push(`${req.method} ${name}`);
    if (req.method !== 'GET' && req.headers['x-csrf-token'] !== this.token) {
      await bodyOf(req);
      send(403, { code: 'csrf', message: 'Jeton absent.' });
      return;
    }
    const handler = this[name.startsWith('@@') ? name.slice(2).replace(/-(.)/g, (_, c) => c.toUpperCase()) : ''];
    if (handler) await handler.call(this, { req, res, url, send });
    else await this.file(url, res);
  }

  async file(url, res) {
    for (const [prefix, root] of Object.entries(this.statics)) {
      if (!url.pathname.startsWith(prefix)) continue;
      if (typeof root === 'string' && root.startsWith('<')) {
        res.writeHead(200, { 'Content-Type': TYPES['.html'], 'Content-Security-Policy': "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data: blob:; worker-src 'self'; frame-ancestors 'none'" });
        res.end(root);
        return;
      }
      try {
        const path = join(root, normalize(decodeURIComponent(url.pathname.slice(prefix.length))).replace(/^(\.\.[/\\])+/, ''));
        const data = await readFile(path);
        res.writeHead(200, { 'Content-Type': TYPES[extname(path)] ?? 'application/octet-stream' });
        res.end(data);
        return;
      } catch (error) { /* next root */ }
    }
    res.writeHead(404, { 'Content-Type': 'application/json' });
    res.end('{"code":"inconnu","message":"Adresse inconnue."}');
  }

  depotParametres({ send }) {
    send(200, this.parameters());
  }

  depotEtat({ url, send }) {
    const d = this.deposits.get(url.searchParams.get('depot'));
    send(200, {
      depot: url.searchParams.get('depot'), etat: !d ? 'inconnu' : d.answer ? 'recu' : 'en-cours',
      plis: Object.fromEntries([...(d?.plis ?? [])].map(([id, p]) => [id, { recu: p.length }])), accuse: d?.answer?.accuse ?? null,
    });
  }

  async depotPartie({ req, url, send }) {
    const body = await bodyOf(req);
    const hash = createHash('sha256').update(body).digest('base64');
    if (req.headers['content-digest'] !== `sha-256=:${hash}:`) return send(422, { code: 'empreinte', message: 'Empreinte.' });
    const [id, pli, offset] = [url.searchParams.get('depot'), url.searchParams.get('pli'), Number(url.searchParams.get('offset'))];
    const d = this.deposits.get(id) ?? this.deposits.set(id, { plis: new Map() }).get(id);
    const have = d.plis.get(pli) ?? Buffer.alloc(0);
    if (offset % this.part || body.length > this.part) return send(400, { code: 'offset-illisible', message: 'Offset.' });
    if (offset < have.length && have.subarray(offset, offset + body.length).equals(body)) return send(200, { recu: have.length });
    if (offset !== have.length) return send(409, { code: 'offset', message: 'Offset.', recu: have.length });
    if (have.length + body.length > this.size * 1.2) return send(413, { code: 'quota', message: 'Le dépôt dépasse la limite.' });
    d.plis.set(pli, Buffer.concat([have, body]));
    return send(200, { recu: offset + body.length });
  }

  async depotFinaliser({ req, send }) {
    const form = await formOf(req, await bodyOf(req));
    const demand = JSON.parse(form.get('demande'));
    const d = this.deposits.get(demand.depot) ?? this.deposits.set(demand.depot, { plis: new Map() }).get(demand.depot);
    if (d.answer) return send(200, d.answer);
    const done = [];
    for (const p of demand.plis) {
      let bytes = d.plis.get(p.pli) ?? Buffer.alloc(0);
      const tail = form.get(`fin-${p.pli}`);
      if (tail) bytes = Buffer.concat([bytes, Buffer.from(await tail.arrayBuffer())]);
      if (bytes.length !== p.taille) return send(422, { code: 'taille', message: `Pli ${p.pli} : ${bytes.length} octets au lieu de ${p.taille}.` });
      const leaves = [];
      for (let at = 0; at < bytes.length; at += this.part) leaves.push(m.sha256(bytes.subarray(at, at + this.part)));
      if (m.hex(m.rootOf(leaves)) !== p.racine) return send(422, { code: 'racine', message: 'La racine ne correspond pas aux parties reçues.' });
      const header = parseHeader(new Uint8Array(bytes.subarray(0, 65536)));
      const stanza = header.stanzas.at(-1);
      if (stanza.args[0] !== 'megalis.bzh/context' || stanza.args[1] !== m.b64raw(m.sha256(m.dumps(p.contexte)))) return send(422, { code: 'contexte', message: 'Contexte.' });
      if (header.stanzas.length !== this.keys.length + 1) return send(422, { code: 'destinataires', message: 'Destinataires.' });
      if (p.contexte.consultation !== this.consultation || p.contexte.depot !== demand.depot) return send(422, { code: 'contexte', message: 'Contexte.' });
      if (!demand.documents.some((x) => x.pli === p.pli)) return send(422, { code: 'documents', message: 'Documents.' });
      done.push([p.pli, bytes]);
    }
    const now = Date.now();
    for (const [pli, bytes] of done) d.plis.set(pli, bytes);
    d.demand = demand;
    d.answer = {
      depot: demand.depot, numero: `AD-2026-${String(this.deposits.size).padStart(4, '0')}`, recu: rfc(now), hors_delai: now > this.deadline,
      accuse: `${this.base}/@@accuse?depot=${demand.depot}`, accuse_json: `${this.base}/@@accuse-json?depot=${demand.depot}`, accuse_pdf: `${this.base}/@@accuse-pdf?depot=${demand.depot}`,
    };
    return send(201, d.answer);
  }

  accuseJson({ url, send }) {
    send(200, { format: 'megalis.bzh/accuse/1', evenement: { depot: url.searchParams.get('depot') } });
  }

  async depotRetirer({ req, send }) {
    const { depot } = JSON.parse(await bodyOf(req));
    if (!this.deposits.has(depot)) return send(404, { code: 'inconnu', message: 'Dépôt inconnu.' });
    this.deposits.get(depot).etat = 'retire';
    return send(200, { depot, etat: 'retire' });
  }

  rows() {
    return [...this.deposits.values()].filter((d) => d.answer).flatMap((d, rank) => d.demand.plis.map((p) => ({
      pli: p.pli, depot: d.demand.depot, rang: rank + 1, numero: d.answer.numero, deposant_nom: `Entreprise n° ${rank + 1}`, recu: d.answer.recu, lot: p.contexte.lot, enveloppe: p.contexte.enveloppe,
      taille: p.taille, parties: Math.ceil(p.taille / this.part), racine: p.racine, contexte: d.wrongContext ? { ...p.contexte, lot: '9' } : p.contexte, hors_delai: d.answer.hors_delai,
      verdict: this.verdicts.find((v) => v.pli === p.pli)?.verdict ?? null, etat: d.answer.hors_delai ? 'hors-delai' : this.begun.includes(p.contexte.enveloppe) ? 'a-ouvrir' : 'attente',
    })));
  }

  ouverturePlis({ send }) {
    send(200, {
      serveur: rfc(Date.now()), close: true, enveloppes: [...new Set(this.envelopes.map((e) => e.enveloppe))], ouvertes: this.begun,
      mes_cles: this.keys.map((k, i) => ({ role: ['titulaire', 'suppleant', 'secours'][i], fingerprint: k.fingerprint })), plis: this.rows(), authenticator: this.token,
    });
  }

  async ouvertureDemarrer({ req, send }) {
    const { enveloppe } = JSON.parse(await bodyOf(req));
    if (!this.begun.includes(enveloppe)) this.begun.push(enveloppe);
    send(200, { ouvertes: this.begun });
  }

  async ouvertureVerdict({ req, send }) {
    const verdict = JSON.parse(await bodyOf(req));
    this.verdicts.push(verdict);
    send(200, { pli: verdict.pli, verdict: verdict.verdict });
  }

  async ouvertureVerser({ req, send }) {
    const form = await formOf(req, await bodyOf(req));
    const demand = JSON.parse(form.get('demande'));
    const data = Buffer.from(await form.get('document').arrayBuffer());
    if (createHash('sha256').update(data).digest('hex') !== demand.sha256) return send(422, { code: 'empreinte', message: 'Empreinte.' });
    this.poured.push(demand);
    return send(201, { nom: demand.nom });
  }

  pliChiffre({ url, res, send }) {
    for (const d of this.deposits.values()) {
      const bytes = d.plis.get(url.searchParams.get('pli'));
      if (bytes) {
        res.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Length': bytes.length });
        res.end(d.damage ? d.damage(bytes) : bytes);
        return;
      }
    }
    send(404, { code: 'inconnu', message: 'Pli inconnu.' });
  }

  async challenge(cle) {
    const key = this.registered.get(cle);
    key.secret = randomBytes(32);
    return { cle, fingerprint: m.fingerprint(key.recipient), defi: m.b64(await m.encrypt(new Uint8Array(key.secret), [key.recipient])), expire: rfc(Date.now() + 600e3) };
  }

  async cleEnregistrer({ req, send }) {
    const { recipient, role } = JSON.parse(await bodyOf(req));
    const cle = m.uuid();
    this.registered.set(cle, { recipient, role, proofs: 0 });
    send(201, await this.challenge(cle));
  }

  async cleExercice({ req, send }) {
    const { cle } = JSON.parse(await bodyOf(req));
    if (!this.registered.has(cle)) return send(404, { code: 'inconnu', message: 'Clé inconnue.' });
    return send(200, await this.challenge(cle));
  }

  async cleProuver({ req, send }) {
    const { cle, reponse } = JSON.parse(await bodyOf(req));
    const key = this.registered.get(cle);
    if (key?.secret?.toString('hex') !== reponse) return send(422, { code: 'reponse', message: 'La réponse n’est pas celle du défi.' });
    key.proofs++;
    return send(200, { ok: true });
  }
}
