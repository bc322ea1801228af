// Why: everything heavy or secret runs here, off the page: hashing, sealing, sending, key wrapping, opening.
// Messages: {id, op, …} -> {id, ok: true, result} | {id, ok: false, erreur: {code, message, remede}}; events carry `type`.

import { wrapKeyFile, wrapKeySheet, readKeyFile, readKeyText, openChallenge } from '../engine/age.js';
import { b64, hex, unb64 } from '../engine/bytes.js';
import { engineName } from '../engine/cipher.js';
import { PliError } from '../engine/errors.js';
import { Helper, HELPER, serveSeals } from '../engine/helper.js';
import { generateIdentity } from '../engine/keys.js';
import { hashBlob } from '../engine/open.js';
import { makeRelay } from '../engine/relay.js';
import { split } from '../engine/shares.js';
import { checkFile } from './checks.js';
import { Client } from './client.js';
import { createDeposit, Deposit, doneKey, stillBound, storeKey } from './deposit.js';
import { openOne, temporaryFolder } from './opening.js';
import { bestStore } from './store.js';
import { xhrSend } from './transport.js';

const helping = self.name === HELPER;
const storage = helping ? null : bestStore();
/** A second worker from this same file, whose integrity the page has checked. */
const helper = new Helper(() => new Worker(self.location.href, { type: 'module', name: HELPER }));
const running = new Map();
let identities = [];
let folder = null;

const lockName = (consultation) => `megalis-depot-${consultation}`;

/** One tab at a time sends to a consultation: two of them would overwrite what each keeps of its own seal. */
async function alone(consultation, act) {
  if (!navigator.locks) return act();
  return navigator.locks.request(lockName(consultation), { ifAvailable: true }, (lock) => {
    if (!lock) throw new PliError('onglet', 'Un envoi pour cette consultation est en cours dans un autre onglet de ce navigateur. Laissez-le finir, ou arrêtez-le là-bas.');
    return act();
  });
}

async function elsewhere(consultation) {
  const held = (await navigator.locks?.query())?.held ?? [];
  return held.some((lock) => lock.name === lockName(consultation));
}

const publicKey = ({ recipient, fingerprint, type }) => ({ recipient, fingerprint, type });

/** New deposit, or the unfinished one when `reprise` gives its files again. */
async function send({ base, parametres, enveloppes, remplace, reprise, handles }, signal) {
  const { store } = await storage;
  const report = (event) => postMessage(event.type ? event : { type: 'reseau', ...event });
  const client = new Client({ base, token: parametres.authenticator, send: xhrSend, report });
  let record;
  let blobs;
  if (reprise) {
    record = await store.get(storeKey(parametres.consultation));
    if (!record) throw new PliError('empreinte', 'Il n’y a plus de dépôt à reprendre sur ce poste.');
    if (!stillBound(record, parametres)) throw new PliError('contexte-change', 'La consultation a changé depuis le début de ce dépôt (date limite, DCE ou clés) : le pli doit être scellé de nouveau.');
    blobs = new Map(Object.entries(reprise));
    for (const p of record.plis) {
      const files = blobs.get(p.pli) ?? [];
      for (const [i, f] of p.files.entries()) {
        if (!files[i] || files[i].size !== f.size || (await hashBlob(files[i], { signal })) !== f.sha256) {
          throw new PliError('empreinte', `« ${f.name} » n’est plus le fichier choisi au début : le pli doit être scellé de nouveau.`);
        }
        postMessage({ type: 'relecture', nom: f.name });
      }
    }
  } else {
    record = await createDeposit({ parameters: parametres, envelopes: enveloppes, replaces: remplace ?? null, store });
    if (handles) {
      record.handles = Object.fromEntries(record.plis.map((p, i) => [p.pli, handles[i]]));
      try {
        await store.put(storeKey(parametres.consultation), record);
      } catch (error) {
        delete record.handles; // this browser cannot keep file handles: the files are asked for again on resume
      }
    }
    blobs = new Map(record.plis.map((p, i) => [p.pli, enveloppes[i].files.map((f) => f.blob)]));
  }
  postMessage({ type: 'plan', depot: record.depot, plis: record.plis.map((p) => ({ pli: p.pli, lot: p.lot, enveloppe: p.enveloppe, libelle: p.libelle, documents: p.files })) });
  let last = 0;
  const deposit = new Deposit({
    record, blobs, client, store, signal, helper,
    report: (event) => {
      const now = performance.now();
      if (event.type === 'avancee' && event.envoye < event.total && now - last < 200) return;
      if (event.type === 'avancee') last = now;
      postMessage(event);
    },
  });
  return deposit.run();
}

const operations = {
  async moteur() {
    return { moteur: await engineName(), durable: (await storage).durable };
  },

  /** Check one file and take its SHA-256. */
  async examiner({ id, file, nom, formats, autres }, signal) {
    const check = await checkFile(file, nom, formats, autres);
    if (!check.ok) return { ...check, sha256: null };
    const sha256 = await hashBlob(file, { signal, progress: (fait, total) => postMessage({ type: 'empreinte', id, fait, total }) });
    return { ...check, sha256 };
  },

  async enAttente({ consultation }) {
    const { store } = await storage;
    const record = await store.get(storeKey(consultation));
    if (!record) return null;
    return {
      ailleurs: await elsewhere(consultation), depot: record.depot, cree: record.cree, remplace: record.remplace, lie: record.lie,
      recu: record.plis.reduce((n, p) => n + p.recu, 0), taille: record.plis.reduce((n, p) => n + p.taille, 0),
      plis: record.plis.map((p) => ({ pli: p.pli, lot: p.lot, enveloppe: p.enveloppe, libelle: p.libelle, documents: p.files, handles: record.handles?.[p.pli] ?? null })),
    };
  },

  async preuve({ depot, consultation }) {
    const { store } = await storage;
    return (await store.get(doneKey(depot ?? (await store.get(doneKey(`dernier/${consultation}`)))))) ?? null;
  },

  async oublier({ consultation }) {
    const { store } = await storage;
    await store.delete(storeKey(consultation));
  },

  async deposer(asked, signal) {
    return alone(asked.parametres.consultation, () => send(asked, signal));
  },

  async retirer({ base, token, depot }) {
    const client = new Client({ base, token, send: xhrSend });
    return (await client.call('POST', '@@depot-retirer', { body: JSON.stringify({ depot }), headers: { 'Content-Type': 'application/json' } })).body;
  },

  /** New hybrid identity, kept here until wrapped. */
  async creer() {
    identities = [generateIdentity()];
    return publicKey(identities[0]);
  },

  async envelopper({ phrase, commentaire }) {
    return wrapKeyFile(identities[0], phrase, { comment: commentaire });
  },

  /** The text of the printable sheet: the secret leaves this worker wrapped, on paper too. */
  async feuille({ phrase }) {
    return wrapKeySheet(identities[0], phrase);
  },

  /** The texts of the sheets that share the key made here: they are printed, and kept by several people. */
  async partager({ seuil, nombre }) {
    return split(identities[0], seuil, nombre);
  },

  async presenter({ octets, phrase, texte, attendue }) {
    const found = texte === undefined ? await readKeyFile(new Uint8Array(octets), phrase) : await readKeyText(texte, phrase);
    if (attendue && !found.some((i) => i.fingerprint === attendue)) {
      throw new PliError('cle', 'Ce fichier contient une autre clé que celle attendue. Choisissez le fichier de la bonne clé.');
    }
    identities = found;
    return found.map(publicKey);
  },

  /** Drill: the 32 bytes of a challenge, in hexadecimal. */
  async relever({ defi }) {
    return hex(await openChallenge(unb64(defi), identities));
  },

  async cacher() {
    identities = [];
    await folder?.clear().catch(() => {});
    folder = null;
  },

  /** Relays of bids for one more key, from their headers: what goes back to the page is wrapped. */
  async relayer({ recipient, plis }) {
    const made = [];
    for (const { pli, entete, relais = [] } of plis) made.push({ pli, octets: b64(await makeRelay(unb64(entete), identities, recipient, relais.map(unb64))) });
    return made;
  },

  async ouvrir({ row, url, session, relais }, signal) {
    if (!identities.length) throw new PliError('cle', 'Présentez d’abord votre clé.');
    folder ??= await temporaryFolder(session);
    let last = 0;
    return openOne({
      row, url, identities, folder, signal, relays: relais,
      report: (event) => {
        const now = performance.now();
        if (event.lu < event.taille && now - last < 150) return;
        last = now;
        postMessage({ type: 'lecture', ...event });
      },
    });
  },
};

async function answer({ data }) {
  const { id, op } = data;
  if (op === 'interrompre') {
    running.get(data.cible)?.abort();
    return;
  }
  const control = new AbortController();
  running.set(id, control);
  try {
    postMessage({ id, ok: true, result: await operations[op](data, control.signal) });
  } catch (error) {
    const unknown = !error.code || typeof error.code !== 'string';
    const lost = ['NotReadableError', 'NotFoundError'].includes(error.name);
    postMessage({
      id,
      ok: false,
      erreur: {
        code: error.name === 'AbortError' ? 'interrompu' : lost ? 'lecture' : unknown ? 'imprevu' : error.code,
        message: lost ? 'Un fichier ne peut plus être lu sur votre poste : il a été déplacé ou modifié.' : unknown ? `Une erreur imprévue est survenue (${error.name}).` : error.message,
        remede: error.remedy ?? '',
        detail: String(error.stack ?? error).slice(0, 2000),
      },
    });
  } finally {
    running.delete(id);
  }
}

if (helping) serveSeals(self);
else self.onmessage = answer;
