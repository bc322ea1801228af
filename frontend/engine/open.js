// Why: opening of a pli with every check the buyer relies on, in an order that never shows unchecked bytes: header MAC,
// context and recipients, then each chunk, then each document's SHA-256 against the sealed manifest.

import { createSHA256 } from 'hash-wasm';
import { sha256 as noble } from '@noble/hashes/sha2.js';
import { b64raw, concat, hex, text } from './bytes.js';
import { contextHash, folded, FOLDER, FORMAT, MANIFEST, MAX_FILES, MAX_MANIFEST, MEDIA_TYPE } from './bundle.js';
import { PliError } from './errors.js';
import { CONTEXT_STANZA } from './header.js';
import { stringify } from './jcs.js';
import { openAge } from './stream.js';
import { checkMemberName, readTar } from './tar.js';

const MANIFEST_FIELDS = 'context,files,format,sel,v';
const FILE_FIELDS = 'name,sha256,size,type';
/** What a stanza of a bid may be; the server checks at deposit that each is of its key's own type. */
const RECIPIENT_TYPES = new Set(['mlkem768x25519', 'X25519', 'ssh-rsa']);

const wrongContext = (why) => new PliError('contexte', `Ce pli n’a pas été scellé pour cette place du registre : ${why}. Il n’est pas ouvert.`);
const badManifest = (why) => new PliError('manifeste', `Le sommaire scellé du pli n’est pas valable : ${why}.`);

/** Incremental SHA-256: WebAssembly where allowed, else JavaScript. */
export async function hasher() {
  if (typeof WebAssembly === 'object') {
    try {
      const h = await createSHA256();
      h.init();
      return { update: (b) => h.update(b), digest: () => h.digest('hex') };
    } catch (error) {
      if (!(error instanceof WebAssembly.CompileError)) throw error;
    }
  }
  const h = noble.create();
  return { update: (b) => h.update(b), digest: () => hex(h.digest()) };
}

/** SHA-256 of a Blob read by slices. @returns {Promise<string>} hex */
export async function hashBlob(blob, { progress, slice = 4 << 20, signal } = {}) {
  const h = await hasher();
  let ahead = blob.slice(0, slice).arrayBuffer();
  for (let at = 0; at < blob.size; at += slice) {
    signal?.throwIfAborted();
    const bytes = new Uint8Array(await ahead);
    if (at + slice < blob.size) ahead = blob.slice(at + slice, at + 2 * slice).arrayBuffer();
    h.update(bytes);
    progress?.(Math.min(blob.size, at + slice), blob.size);
  }
  await ahead;
  return h.digest();
}

/** Context stanza last, right hash, and one stanza a recipient. */
export function checkContext(header, context) {
  const last = header.stanzas.at(-1);
  const own = header.stanzas.filter((s) => s.args[0] === CONTEXT_STANZA);
  if (own.length !== 1 || last !== own[0] || last.args.length !== 2 || last.body.length) throw wrongContext('la ligne de contexte manque ou est déplacée');
  if (context === undefined) return;
  if (last.args[1] !== b64raw(contextHash(context))) throw wrongContext('acheteur, consultation, lot, enveloppe, déposant ou échéance diffèrent');
  const foreign = header.stanzas.slice(0, -1).find((one) => !RECIPIENT_TYPES.has(one.args[0]));
  if (Array.isArray(context.recipients) && foreign) throw wrongContext(`un destinataire est d’un type qui n’est pas admis, ${foreign.args[0].slice(0, 40)}`);
  if (Array.isArray(context.recipients) && header.stanzas.length - 1 !== context.recipients.length) throw wrongContext(`${header.stanzas.length - 1} destinataires au lieu de ${context.recipients.length}`);
}

const fields = (value) => (value && typeof value === 'object' && !Array.isArray(value) ? Object.keys(value).sort().join() : '');

/** As strict as the opener of the terminal: two tools never give two verdicts on one bid. */
function checkManifest(bytes, header, context) {
  let m;
  let canonical;
  try {
    m = JSON.parse(text(bytes));
    canonical = stringify(m) === text(bytes);
  } catch (cause) {
    throw badManifest('il n’est pas lisible');
  }
  if (!canonical || fields(m) !== MANIFEST_FIELDS || m.v !== 1 || m.format !== FORMAT || !/^[0-9a-f]{64}$/.test(m.sel)) throw badManifest('sa forme est inconnue');
  if (!Array.isArray(m.files) || !m.files.length || m.files.length > MAX_FILES) throw badManifest(`il annonce de 1 à ${MAX_FILES} pièces`);
  if (m.context !== null && !fields(m.context)) throw badManifest('son contexte est d’une forme inconnue');
  const names = new Set();
  for (const f of m.files) {
    if (fields(f) !== FILE_FIELDS || typeof f.name !== 'string' || !Number.isSafeInteger(f.size) || f.size < 0 || !/^[0-9a-f]{64}$/.test(f.sha256) || !MEDIA_TYPE.test(f.type)) throw badManifest('une pièce est mal décrite');
    checkMemberName(f.name);
    if (/[/\\]/.test(f.name) || f.name === '.' || f.name === '..') throw badManifest(`nom de pièce « ${f.name} »`);
    if (names.has(folded(f.name))) throw badManifest(`deux pièces portent le nom « ${f.name} »`);
    names.add(folded(f.name));
  }
  const stanza = header.stanzas.at(-1);
  if (m.context) {
    if (b64raw(contextHash(m.context)) !== stanza.args[1]) throw wrongContext('le sommaire scellé porte un autre contexte que l’en-tête');
  } else if (context) throw wrongContext('le sommaire scellé ne porte pas de contexte');
  if (context && m.context && stringify(m.context) !== stringify(context)) throw wrongContext('le sommaire scellé porte un autre contexte');
  return m;
}

async function gather(data, limit) {
  const pieces = [];
  let n = 0;
  for await (const piece of data) {
    n += piece.length;
    if (n > limit) throw badManifest('il est trop long');
    pieces.push(piece.slice());
  }
  return concat(...pieces);
}

/**
 * Open a pli.
 * @param source ciphertext, async iterable of bytes
 * @param identities as given by keys.js
 * @param {{context?: object|null, engine?, relays?: Uint8Array[], sink?: (file) => Promise<{write(bytes), close(), abort()}>, progress?}} options
 *   context: expected context; undefined = accept the sealed one (after checking that it agrees with itself)
 *   sink: where each document goes; nothing is kept when absent
 * @returns {Promise<{manifest, documents: {nom, taille, sha256}[], recipient: string}>}
 */
export async function openPli(source, identities, { context, engine, sink, progress, relays } = {}) {
  const { header, identity, index, body } = await openAge(source, identities, { engine, relays });
  const contextless = context === null || (context === undefined && header.stanzas.at(-1).args[0] !== CONTEXT_STANZA);
  if (!contextless) checkContext(header, context);
  const place = (bound) => {
    if (Array.isArray(bound?.recipients) && identity.fingerprint && index >= 0 && bound.recipients[index] !== identity.fingerprint) throw wrongContext('la clé qui l’ouvre n’est pas celle que nomme son contexte à cette place');
  };
  place(context);
  let manifest = null;
  const documents = [];
  for await (const member of readTar(body)) {
    if (manifest === null) {
      if (member.name !== MANIFEST) throw badManifest('il ne vient pas en premier');
      manifest = checkManifest(await gather(member.data, MAX_MANIFEST), header, context ?? undefined);
      place(manifest.context);
      if (manifest.context) checkContext(header, manifest.context);
      continue;
    }
    const expected = manifest.files[documents.length];
    if (!expected || member.name !== FOLDER + expected.name) throw badManifest(`pièce inattendue « ${member.name} »`);
    if (member.size !== expected.size) throw badManifest(`taille de « ${expected.name} »`);
    const h = await hasher();
    const out = await sink?.(expected);
    try {
      for await (const piece of member.data) {
        h.update(piece);
        await out?.write(piece);
        progress?.(piece.length, expected);
      }
      const got = h.digest();
      if (got !== expected.sha256) throw new PliError('empreinte', `« ${expected.name} » ne correspond pas à l’empreinte scellée par l’entreprise.`);
      await out?.close();
      documents.push({ nom: expected.name, taille: expected.size, sha256: got });
    } catch (error) {
      await out?.abort?.();
      throw error;
    }
  }
  if (manifest === null) throw badManifest('il manque');
  if (documents.length !== manifest.files.length) throw badManifest(`${documents.length} pièces au lieu de ${manifest.files.length}`);
  return { manifest, documents, recipient: identity.recipient ?? null };
}

/** Verdict of the opening register for an error: what a procès-verbal says. */
export function verdictOf(error) {
  const code = error instanceof PliError ? error.code : error?.code;
  if (['flux', 'mac', 'tronque', 'empreinte', 'entete'].includes(code)) return 'altere';
  if (code === 'contexte') return 'contexte';
  return 'illisible';
}
