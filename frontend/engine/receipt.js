// Why: a receipt is verified offline, without the platform: content against its leaf, the journal's signed promise,
// its place in the signed tree, and local files against their commitments. RFC 6962, RFC 8032, C2SP signed notes.

import { ed25519 } from '@noble/curves/ed25519.js';
import { b64, concat, equal, hex, sha256, unb64, unhex, utf8 } from './bytes.js';
import { commitment } from './bundle.js';
import { PliError } from './errors.js';
import { dumps } from './jcs.js';
import { leafHash, verifyInclusion } from './merkle.js';

export const FORMAT = 'megalis.bzh/accuse/1';
const HEX64 = /^[0-9a-f]{64}$/;
const refuse = (code, message) => new PliError(code, message);

function canonicalB64(text, length) {
  try {
    const bytes = unb64(text);
    if (b64(bytes) === text && (length === undefined || bytes.length === length)) return bytes;
  } catch (error) { /* told by the caller */ }
  return null;
}

const counted = (n, word) => `${n} ${word}${n > 1 ? 's' : ''}`;

/** C2SP vkey: NAME+hex id+base64(0x01 || Ed25519 key). */
export function readVkey(text) {
  const m = /^([^+\s]+)\+([0-9a-f]{8})\+(.+)$/.exec(text ?? '');
  const key = m && canonicalB64(m[3], 33);
  if (!key || key[0] !== 1) throw refuse('cle', 'La clé publique du journal n’est pas lisible.');
  const id = sha256(concat(utf8(`${m[1]}\n`), key)).subarray(0, 4);
  if (hex(id) !== m[2]) throw refuse('cle', 'La clé publique du journal ne correspond pas à son identifiant.');
  return { name: m[1], id, key: key.subarray(1), text };
}

const signed = (key, signature, message) => signature?.length === 64 && ed25519.verify(signature, message, key.key, { zip215: false });

/** Signed checkpoint of this journal. @returns {{size: number, root: Uint8Array}} */
export function openCheckpoint(note, key) {
  const cut = typeof note === 'string' ? note.lastIndexOf('\n\n') : -1;
  if (cut < 0 || note.length > 65536 || !note.endsWith('\n')) throw refuse('note', 'Le point de contrôle du journal n’est pas une note signée.');
  const text = note.slice(0, cut + 1);
  let good = false;
  for (const line of note.slice(cut + 2, -1).split('\n')) {
    const m = /^— (\S+) (\S+)$/.exec(line);
    const blob = m && canonicalB64(m[2]);
    if (!blob || blob.length < 5) throw refuse('note', 'Une ligne de signature du point de contrôle est illisible.');
    if (m[1] !== key.name || !equal(blob.subarray(0, 4), key.id)) continue; // a witness: not judged here
    if (!signed(key, blob.subarray(4), utf8(text))) throw refuse('signature', 'La signature du point de contrôle est fausse.');
    good = true;
  }
  if (!good) throw refuse('signature', 'Le point de contrôle n’est pas signé par la clé du journal.');
  const [origin, size, root] = text.split('\n');
  const digest = canonicalB64(root ?? '', 32);
  if (origin !== key.name) throw refuse('origine', `Le point de contrôle est celui d’un autre journal : « ${origin} ».`);
  if (!/^(0|[1-9][0-9]{0,15})$/.test(size ?? '') || !digest) throw refuse('checkpoint', 'Le point de contrôle est mal formé.');
  return { size: Number(size), root: digest };
}

function checkForm(r) {
  const e = r?.evenement;
  const ok = r?.format === FORMAT && e?.type === 'depot' && HEX64.test(r.sel) && HEX64.test(r.feuille) && Array.isArray(e.plis) && e.plis.length && Array.isArray(e.documents)
    && typeof r.promesse?.signature === 'string' && !Number.isNaN(Date.parse(e.recu)) && !Number.isNaN(Date.parse(e.echeance))
    && e.documents.every((d) => typeof d.nom === 'string' && Number.isSafeInteger(d.taille) && HEX64.test(d.engagement) && e.plis.some((p) => p.pli === d.pli));
  if (!ok) throw refuse('forme', 'Ce fichier n’est pas un accusé de dépôt lisible.');
  if (!e.hors_delai && Date.parse(e.recu) > Date.parse(e.echeance)) throw refuse('delai', 'L’accusé se dit dans les délais alors que la réception suit l’échéance.');
}

/** True when the proof shows that the event (with its salt) stands in the journal of `vkey`; throws PliError otherwise. */
function checkInclusion(leaf, proof, vkey) {
  const { size, root } = openCheckpoint(proof.checkpoint, vkey);
  if (size !== proof.taille) throw refuse('preuve', `La preuve est faite pour ${proof.taille} feuilles, le journal signé en a ${size}.`);
  if (!Array.isArray(proof.chemin) || proof.chemin.length > 64 || !proof.chemin.every((d) => HEX64.test(d)) || !verifyInclusion(leafHash(leaf), proof.index, size, proof.chemin.map(unhex), root)) throw refuse('preuve', 'La preuve d’inscription est fausse.');
  return size;
}

/**
 * A public key must stand in the public journal before anything is sealed to it: a key shown to one bidder alone would show.
 * @param {{recipient, fingerprint, inscription: {evenement, sel, preuve}}} key @param {string} journal vkey
 */
export function checkListed({ recipient, fingerprint, inscription }, journal) {
  const vkey = readVkey(journal);
  const e = inscription?.evenement;
  if (e?.type !== 'cle' || !HEX64.test(inscription.sel ?? '') || !inscription.preuve) throw refuse('inscription', 'Cette clé n’est pas inscrite au journal.');
  if (e.destinataire !== recipient || e.empreinte !== fingerprint) throw refuse('inscription', 'L’inscription au journal est celle d’une autre clé.');
  checkInclusion(sha256(concat(unhex(inscription.sel), dumps(e))), inscription.preuve, vkey);
}

/**
 * @param {object} receipt parsed JSON
 * @param {{key?: string, files?: {name: string, sha256: string}[]}} options key: the journal's vkey obtained elsewhere
 * @returns {{name, state: 'ok'|'absent'|'refused', message, code?}[]} holds when nothing is refused; never throws on bad input
 */
export function verifyReceipt(receipt, { key, files = [] } = {}) {
  const checks = [];
  const step = (name, act) => {
    try {
      const [state, message] = act();
      checks.push({ name, state, message });
      return state !== 'refused';
    } catch (error) {
      const known = error instanceof PliError;
      checks.push({ name, state: 'refused', message: known ? error.message : 'Cette partie de l’accusé n’est pas lisible.', code: known ? error.code : 'forme' });
      return false;
    }
  };
  let vkey;
  if (!step('forme', () => {
    checkForm(receipt);
    vkey = readVkey(receipt.cle_publique);
    const n = receipt.evenement.documents.length;
    return ['ok', `Accusé lisible : ${counted(receipt.evenement.plis.length, 'pli')}, ${counted(n, 'document')}.`];
  })) return checks;
  step('cle', () => {
    if (!key) return ['absent', `Clé du journal à comparer avec celle publiée ailleurs : ${vkey.text}`];
    if (key.trim() !== vkey.text) throw refuse('cle', `L’accusé porte la clé ${vkey.text}, la clé attendue est ${key.trim()}.`);
    return ['ok', 'La clé du journal est bien celle attendue.'];
  });
  const leaf = unhex(receipt.feuille);
  step('engagement', () => {
    if (!equal(sha256(concat(unhex(receipt.sel), dumps(receipt.evenement))), leaf)) throw refuse('engagement', 'Le contenu de l’accusé ne correspond pas à sa feuille : il a été modifié.');
    return ['ok', 'Le contenu de l’accusé est celui qui a été inscrit.'];
  });
  step('promesse', () => {
    const { origine, horodatage, signature } = receipt.promesse;
    if (origine !== vkey.name) throw refuse('origine', `La promesse vient d’un autre journal : « ${origine} ».`);
    if (!signed(vkey, canonicalB64(signature, 64), dumps({ feuille: receipt.feuille, horodatage, origine }))) throw refuse('promesse', 'La signature de la promesse du journal est fausse.');
    return ['ok', `Promesse signée par ${origine}, ${horodatage}.`];
  });
  step('inclusion', () => {
    const p = receipt.preuve;
    if (!p) return ['absent', 'Pas encore de preuve d’inscription dans cet exemplaire : seule la promesse engage le journal. Téléchargez l’accusé de nouveau.'];
    const size = checkInclusion(leaf, p, vkey);
    return ['ok', `Feuille ${p.index} d’un journal signé de ${size} feuilles.`];
  });
  step('horodatage', () => (receipt.jeton ? ['absent', `Un jeton d’horodatage (${receipt.jeton.horodatage}) est joint ; il se vérifie avec « megalis receipt verify ».`] : ['absent', 'Pas de jeton d’horodatage : l’heure est celle du journal.']));
  step('fichiers', () => {
    if (!files.length) return ['absent', 'Aucun fichier donné à comparer.'];
    if (!receipt.sels) throw refuse('sels', 'Cet exemplaire n’a pas les sels des plis : prenez celui que vous avez enregistré au moment du dépôt.');
    for (const f of files) {
      const hit = receipt.evenement.documents.some((d) => receipt.sels[d.pli] && commitment(receipt.sels[d.pli], f.sha256) === d.engagement);
      if (!hit) throw refuse('fichier', `« ${f.name} » n’est aucun des documents de cet accusé.`);
    }
    return ['ok', `${counted(files.length, 'fichier')} ${files.length > 1 ? 'identiques' : 'identique'} à ceux du dépôt.`];
  });
  return checks;
}
