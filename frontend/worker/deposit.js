// Why: one deposit from sealed files to receipt: every step can be taken up again after a cut, a reload or a crash, and
// no part ever leaves before its plaintext's SHA-256 stands in the store beside the key that sealed it.

import { b64, hex, unhex, uuid } from '../engine/bytes.js';
import { Bundle, commitment, contextHash, manifestBytes, MAX_FILES, MAX_MANIFEST, MEDIA_TYPE } from '../engine/bundle.js';
import { stringify } from '../engine/jcs.js';
import { checkRecipient, fingerprint } from '../engine/keys.js';
import { Tree } from '../engine/merkle.js';
import { checkListed } from '../engine/receipt.js';
import { newSeal, PartSealer } from '../engine/seal.js';
import { CHUNK, SEALED_CHUNK } from '../engine/stream.js';
import { DepotError } from './client.js';

/** Parameters that the seal binds: when one moves, an unfinished deposit must be sealed again. */
const BOUND = ['acheteur', 'consultation', 'version_dce', 'deposant', 'echeance'];

export const storeKey = (consultation) => `depot/${consultation}`;
export const doneKey = (depot) => `sels/${depot}`;

/** @param {string} journal vkey of the journal the keys must stand in */
export function checkRecipients(destinataires, journal) {
  if (!destinataires?.length) throw new DepotError('cles', 'Cette consultation n’a pas de clé publique.', 'Rien n’a été envoyé. Prévenez l’acheteur : il doit publier ses clés.');
  for (const d of destinataires) {
    let real;
    try {
      real = fingerprint(checkRecipient(d.recipient));
    } catch (cause) {
      real = null;
    }
    if (real !== d.fingerprint) {
      throw new DepotError('cles', `La clé « ${d.role} » ne correspond pas à l’empreinte publiée.`, 'Rien n’a été envoyé. Prévenez l’acheteur et l’assistance avant de déposer.');
    }
    try {
      checkListed(d, journal);
    } catch (cause) {
      throw new DepotError('cles', `La clé « ${d.role} » n’est pas prouvée au journal : ${cause.message}`, 'Rien n’a été envoyé. Prévenez l’acheteur et l’assistance avant de déposer.');
    }
  }
  return destinataires.map((d) => checkRecipient(d.recipient));
}

/**
 * New deposit, kept in the store before anything is sent.
 * @param {{lot, enveloppe, libelle, files: {name, size, sha256, type, blob, lastModified?}[]}[]} envelopes
 */
export async function createDeposit({ parameters, envelopes, replaces = null, store }) {
  const recipients = checkRecipients(parameters.destinataires, parameters.journal);
  const record = {
    consultation: parameters.consultation,
    depot: uuid(),
    remplace: replaces,
    cree: Date.now(),
    lie: Object.fromEntries(BOUND.map((k) => [k, parameters[k]])),
    recipients,
    partie: parameters.partie,
    plis: [],
  };
  for (const { lot, enveloppe, libelle, files } of envelopes) {
    const contexte = {
      v: 1, profil: 'megalis', acheteur: parameters.acheteur, consultation: parameters.consultation, version_dce: parameters.version_dce,
      lot: lot ?? null, enveloppe, deposant: parameters.deposant, depot: record.depot, recipients: recipients.map(fingerprint), echeance: parameters.echeance,
    };
    const sel = hex(crypto.getRandomValues(new Uint8Array(32)));
    const described = files.map(({ name, size, sha256, type, lastModified }) => ({ name, size, sha256, type: MEDIA_TYPE.test(type) ? type : 'application/octet-stream', lastModified: lastModified ?? null }));
    const seal = await newSeal(recipients, contexte);
    const manifest = manifestBytes(contexte, sel, described);
    if (files.length > MAX_FILES || manifest.length > MAX_MANIFEST) {
      throw new DepotError('nombre', `${libelle ?? enveloppe} : ${files.length} pièces, c’est plus qu’un pli n’en porte (${MAX_FILES} au plus, aux noms raisonnables).`, 'Rien n’a été envoyé. Réunissez des pièces dans une archive ZIP.');
    }
    const sealer = new PartSealer(seal, new Bundle(manifest, files), { part: parameters.partie });
    record.plis.push({
      pli: uuid(), lot: lot ?? null, enveloppe, libelle, contexte, sel, manifest, files: described, ...seal,
      taille: sealer.size, plainHashes: [], partHashes: [], recu: 0,
    });
  }
  await store.put(storeKey(parameters.consultation), record);
  return record;
}

/** Whether an unfinished deposit still fits what the consultation says today. */
export const stillBound = (record, parameters) => BOUND.every((k) => record.lie[k] === parameters[k])
  && record.partie === parameters.partie && record.recipients.length === parameters.destinataires.length
  && record.recipients.every((r, i) => r === checkRecipient(parameters.destinataires[i].recipient));

/** Plis whose last bytes travel with the final request: the smallest ones while their sum fits one part. */
export function inlineTails(plis, part) {
  const tails = plis.map((p) => ({ pli: p.pli, tail: p.taille % part })).filter((t) => t.tail).sort((a, b) => a.tail - b.tail || (a.pli < b.pli ? -1 : 1));
  const chosen = new Set();
  let sum = 0;
  for (const t of tails) {
    if (sum + t.tail > part) break;
    sum += t.tail;
    chosen.add(t.pli);
  }
  return chosen;
}

export class Deposit {
  /**
   * @param {{record, blobs: Map<string, Blob[]>, client, store, report?, signal?, engine?, helper?}} options blobs: pli uuid -> Blobs in manifest order
   */
  constructor({ record, blobs, client, store, report = () => {}, signal, engine, helper }) {
    Object.assign(this, { record, client, store, report, signal, engine });
    this.sealers = new Map();
    for (const p of record.plis) {
      const files = p.files.map((f, i) => ({ ...f, blob: blobs.get(p.pli)[i] }));
      const bundle = new Bundle(p.manifest, files);
      this.sealers.set(p.pli, new PartSealer(p, bundle, { part: record.partie, plainHashes: p.plainHashes, engine, helper }));
    }
    this.sent = new Map(record.plis.map((p) => [p.pli, p.recu]));
    this.tails = new Map();
  }

  save() {
    return this.store.put(storeKey(this.record.consultation), this.record);
  }

  progress(pli, bytes) {
    this.sent.set(pli, bytes);
    const plis = this.record.plis.map((p) => {
      const at = this.sent.get(p.pli);
      const sealer = this.sealers.get(p.pli);
      const plain = at >= p.taille ? sealer.source.length : Math.max(0, Math.floor(((at - sealer.prefix.length) / SEALED_CHUNK) * CHUNK));
      return {
        pli: p.pli, taille: p.taille, envoye: at, parties: sealer.count, partie: Math.min(sealer.count, Math.floor(at / this.record.partie) + 1),
        fichiers: sealer.source.places.map(({ name, start, end }) => ({ nom: name, taille: end - start, envoye: Math.min(end - start, Math.max(0, plain - start)) })),
      };
    });
    this.report({ type: 'avancee', total: plis.reduce((n, p) => n + p.taille, 0), envoye: plis.reduce((n, p) => n + p.envoye, 0), plis });
  }

  /** @returns {Promise<object>} the final answer of the server */
  async run() {
    const { record } = this;
    const resumed = record.plis.some((p) => p.plainHashes.length);
    const state = (await this.client.call('GET', `@@depot-etat?depot=${record.depot}`, { signal: this.signal })).body;
    if (state.etat === 'recu') return this.finish();
    if (resumed) {
      const all = record.plis.reduce((n, p) => n + p.plainHashes.length, 0);
      let done = 0;
      for (const p of record.plis) {
        await this.sealers.get(p.pli).verify(() => this.report({ type: 'relecture', fait: ++done, total: all }));
      }
    }
    const inline = inlineTails(record.plis, record.partie);
    for (const p of record.plis) {
      p.recu = Math.min(state.plis?.[p.pli]?.recu ?? 0, p.taille);
      if (p.recu !== p.taille && p.recu % record.partie) throw new DepotError('offset', 'La plateforme et ce poste ne sont pas d’accord sur ce qui est déjà reçu.', 'Abandonnez ce dépôt et déposez de nouveau : vos fichiers sont intacts.');
      // parts the server holds but whose hashes we lost cannot be proved: start that pli over, the bytes are the same
      if (p.partHashes.length < Math.ceil(p.recu / record.partie)) p.recu = 0;
      this.progress(p.pli, p.recu);
    }
    for (const p of record.plis) await this.sendPli(p, inline.has(p.pli));
    return this.finish();
  }

  async sendPli(p, tailInline) {
    const { record } = this;
    const sealer = this.sealers.get(p.pli);
    for (;;) {
      const from = p.recu === p.taille ? sealer.count : Math.floor(p.recu / record.partie);
      const iterator = sealer.parts(from);
      let next = iterator.next();
      let moved = false;
      try {
        for (;;) {
          const { value: part, done } = await next;
          if (done) return;
          this.signal?.throwIfAborted();
          p.plainHashes[part.index] = part.plainHash;
          p.partHashes[part.index] = hex(part.partHash);
          await this.save();
          next = iterator.next();
          next.catch(() => {}); // reported when awaited
          if (part.last && tailInline) {
            this.tails.set(p.pli, part.bytes.slice());
            continue;
          }
          const { status, body } = await this.client.call('PUT', `@@depot-partie?depot=${record.depot}&pli=${p.pli}&offset=${part.offset}`, {
            body: part.bytes,
            headers: { 'Content-Type': 'application/octet-stream', 'Content-Digest': `sha-256=:${b64(part.partHash)}:` },
            progress: (n) => this.progress(p.pli, part.offset + Math.min(n, part.bytes.length)),
            signal: this.signal,
            accept: [409, 422],
          });
          if (status === 422) {
            p.broken = (p.broken ?? 0) + 1;
            if (body?.code !== 'empreinte' || p.broken > 3) throw new DepotError(body?.code ?? 'refus', body?.message ?? 'La partie envoyée est refusée.', 'Rien n’est enregistré de faux. Rechargez la page et reprenez.');
            moved = true; // damaged on the way: the same bytes go again
            break;
          }
          if (status === 409) {
            if (body?.code !== 'offset' || !Number.isSafeInteger(body.recu)) throw new DepotError(body?.code ?? 'conflit', body?.message ?? 'La plateforme a refusé cette partie.', 'Ce qui est reçu est gardé. Rechargez la page et reprenez.');
            if (body.recu === p.recu && body.recu === part.offset) throw new DepotError('offset', 'La plateforme refuse la suite de ce pli.', 'Abandonnez ce dépôt et déposez de nouveau.');
            p.recu = Math.min(body.recu, p.taille);
            moved = true;
            break;
          }
          p.recu = part.offset + part.bytes.length;
          await this.save();
          this.progress(p.pli, p.recu);
        }
      } finally {
        await iterator.return?.();
      }
      if (!moved) return;
    }
  }

  request() {
    const { record } = this;
    return {
      depot: record.depot,
      remplace: record.remplace,
      plis: record.plis.map((p) => {
        const tree = new Tree();
        for (const h of p.partHashes) tree.append(unhex(h));
        return { pli: p.pli, contexte: p.contexte, taille: p.taille, racine: hex(tree.root()) };
      }),
      documents: record.plis.flatMap((p) => p.files.map((f) => ({ pli: p.pli, nom: f.name, taille: f.size, engagement: commitment(p.sel, f.sha256) }))),
    };
  }

  async finish() {
    const { record } = this;
    this.report({ type: 'finalisation' });
    const form = new FormData();
    form.append('demande', stringify(this.request()));
    for (const [pli, bytes] of this.tails) form.append(`fin-${pli}`, new Blob([bytes]), `${pli}.fin`);
    const base = new Map(this.sent);
    const { body } = await this.client.call('POST', '@@depot-finaliser', {
      body: form,
      signal: this.signal,
      progress: (n) => {
        let left = n;
        for (const [pli, bytes] of this.tails) {
          const here = Math.min(left, bytes.length);
          left -= here;
          this.progress(pli, base.get(pli) + here);
        }
      },
    });
    for (const p of record.plis) this.progress(p.pli, p.taille);
    const proof = {
      depot: record.depot,
      reponse: body,
      sels: Object.fromEntries(record.plis.map((p) => [p.pli, p.sel])),
      plis: record.plis.map((p) => ({
        pli: p.pli, lot: p.lot, enveloppe: p.enveloppe, libelle: p.libelle, taille: p.taille, contexte: hex(contextHash(p.contexte)),
        documents: p.files.map(({ name, size, sha256 }) => ({ nom: name, taille: size, sha256 })),
      })),
    };
    // keys of the seal are forgotten at once; the salts let the bidder prove his files later
    await this.store.put(doneKey(record.depot), proof);
    await this.store.put(doneKey(`dernier/${record.consultation}`), record.depot);
    await this.store.delete(storeKey(record.consultation));
    return proof;
  }
}

