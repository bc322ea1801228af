// Why: a broken file is the bidder's risk in court, so each file is checked on his own machine before it is sealed.
// Rules are pure: bytes in, answer out ({ok, message, code}); nothing leaves the machine.

import { folded } from '../engine/bundle.js';

const ZIPPED = { zip: 'ZIP', docx: 'Document', xlsx: 'Tableur', pptx: 'Présentation', odt: 'Document', ods: 'Tableur', odp: 'Présentation', dwfx: 'Plan', ifczip: 'Maquette' };
/** Bytes in UTF-8: what every file system of buyers accepts. */
const NAME_LIMIT = 200;
const RESERVED = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const FORBIDDEN = /[\\/:*?"<>|\x00-\x1f\x7f\u202a-\u202e\u2066-\u2069]/u;

const bad = (code, message) => ({ ok: false, code, message });
const good = (message) => ({ ok: true, code: 'ok', message });
const latin = (buffer) => new TextDecoder('latin1').decode(buffer);
const bytesOf = async (blob, from, to) => new Uint8Array(await blob.slice(Math.max(0, from), to).arrayBuffer());

export const extension = (name) => (/\.([^.]+)$/.exec(name)?.[1] ?? '').toLowerCase();
/** Names are compared and sealed in one Unicode form: macOS gives decomposed accents. */
export const cleanName = (name) => name.normalize('NFC').trim();

export function checkName(name, others = []) {
  if (!name || name.startsWith('.')) return bad('nom', `« ${name} » n’a pas de nom utilisable : renommez le fichier.`);
  if (FORBIDDEN.test(name)) return bad('nom', `« ${name} » contient un caractère que tous les postes n’acceptent pas : renommez le fichier.`);
  if (/[. ]$/.test(name) || RESERVED.test(name)) return bad('nom', `« ${name} » est un nom que Windows refuse : renommez le fichier.`);
  const long = new TextEncoder().encode(name).length;
  if (long > NAME_LIMIT) return bad('nom', `« ${name.slice(0, 40)}… » a un nom trop long (${long} octets, ${NAME_LIMIT} au plus) : raccourcissez-le.`);
  if (others.some((o) => folded(o) === folded(name))) return bad('doublon', `« ${name} » est déjà dans cette enveloppe : retirez l’un des deux ou renommez-le.`);
  return good('Nom accepté');
}

async function checkPdf(blob, name) {
  const head = latin(await bytesOf(blob, 0, 1024));
  if (!head.includes('%PDF-')) return bad('pdf', `« ${name} » n’est pas un PDF malgré son nom : enregistrez-le de nouveau en PDF.`);
  const tail = latin(await bytesOf(blob, blob.size - 2048, blob.size));
  const start = /startxref\s+(\d+)\s+%%EOF\s*$/.exec(tail.replace(/\0+$/, '')) ?? /startxref\s+(\d+)[\s\S]*%%EOF/.exec(tail);
  if (!start) return bad('pdf', `« ${name} » est un PDF incomplet (sa fin manque) : exportez-le de nouveau.`);
  const at = Number(start[1]);
  const table = at > 0 && at < blob.size ? latin(await bytesOf(blob, at, at + 64)) : '';
  if (at !== 0 && !/^\s*(xref|\d+\s+\d+\s+obj)/.test(table) && !/xref/.test(latin(await bytesOf(blob, at - 32, at + 64)))) {
    return bad('pdf', `« ${name} » est un PDF abîmé (table illisible) : exportez-le de nouveau.`);
  }
  return good('PDF lisible');
}

async function checkZip(blob, name, kind) {
  const broken = (why) => bad('zip', `« ${name} » ne s’ouvre pas (${why}) : enregistrez-le ou compressez-le de nouveau.`);
  const from = Math.max(0, blob.size - 65557);
  const tail = await bytesOf(blob, from, blob.size);
  const view = new DataView(tail.buffer);
  let at = tail.length - 22;
  while (at >= 0 && view.getUint32(at, true) !== 0x06054b50) at--;
  if (at < 0) return broken('son sommaire manque');
  let count = view.getUint16(at + 10, true);
  let size = view.getUint32(at + 12, true);
  let offset = view.getUint32(at + 16, true);
  if (count === 0xffff || size === 0xffffffff || offset === 0xffffffff) {
    const locator = at - 20;
    if (locator < 0 || view.getUint32(locator, true) !== 0x07064b50) return broken('son sommaire étendu manque');
    const place = Number(view.getBigUint64(locator + 8, true));
    const record = await bytesOf(blob, place, place + 56);
    if (record.length < 56) return broken('son sommaire étendu est tronqué');
    const v = new DataView(record.buffer);
    if (v.getUint32(0, true) !== 0x06064b50) return broken('son sommaire étendu est illisible');
    count = Number(v.getBigUint64(32, true));
    size = Number(v.getBigUint64(40, true));
    offset = Number(v.getBigUint64(48, true));
  }
  if (offset + size > blob.size) return broken('il est tronqué');
  if (size > 64 << 20) return broken('son sommaire est démesuré');
  const directory = await bytesOf(blob, offset, offset + size);
  const d = new DataView(directory.buffer);
  let p = 0;
  let seen = 0;
  let locked = false;
  while (p + 46 <= directory.length && d.getUint32(p, true) === 0x02014b50) {
    locked ||= (d.getUint16(p + 8, true) & 1) === 1;
    p += 46 + d.getUint16(p + 28, true) + d.getUint16(p + 30, true) + d.getUint16(p + 32, true);
    seen++;
  }
  if (seen !== count || p > directory.length) return broken('son sommaire est abîmé');
  if (seen && latin(await bytesOf(blob, 0, 2)) !== 'PK') return broken('son début est abîmé');
  if (locked) return bad('zip', `« ${name} » est protégé par un mot de passe : l’acheteur ne pourra pas l’ouvrir. Retirez la protection.`);
  return good(kind === 'ZIP' ? `ZIP lisible, ${seen} fichier${seen > 1 ? 's' : ''}` : `${kind} lisible`);
}

/**
 * @param {Blob} blob @param {string} name @param {string[]} formats accepted extensions, empty = any
 * @returns {Promise<{ok: boolean, code: string, message: string}>}
 */
export async function checkFile(blob, name, formats = [], others = []) {
  const named = checkName(name, others);
  if (!named.ok) return named;
  if (blob.size === 0) return bad('vide', `« ${name} » est vide (0 octet) : choisissez le bon fichier.`);
  const ext = extension(name);
  const allowed = formats.map((f) => f.toLowerCase().replace(/^\./, ''));
  if (allowed.length && !allowed.includes(ext)) {
    return bad('format', `« ${name} » n’est pas d’un format accepté (${allowed.join(', ')}) : enregistrez-le autrement, puis remplacez-le.`);
  }
  try {
    if (ext === 'pdf') return await checkPdf(blob, name);
    if (ZIPPED[ext]) return await checkZip(blob, name, ZIPPED[ext]);
    await bytesOf(blob, 0, 16);
    return good('Fichier lisible');
  } catch (error) {
    return bad('lecture', `« ${name} » ne peut plus être lu sur votre poste (déplacé, modifié ou ouvert ailleurs) : choisissez-le de nouveau.`);
  }
}
