// Why: opening of many plis in one go on the key holder's machine: stream, check, decrypt, write to private temporary
// files, one verdict each. A network cut is never taken for a damaged pli.

import { concat, hex, sha256 } from '../engine/bytes.js';
import { PliError } from '../engine/errors.js';
import { Tree } from '../engine/merkle.js';
import { openPli, verdictOf } from '../engine/open.js';
import { PART } from '../engine/seal.js';
import { DepotError } from './client.js';

const TRIES = 6;
const NETWORK = 'reseau';

/** Count and hash the ciphertext as it passes: the root must be the one of the receipt. */
async function* watched(stream, state, progress) {
  const reader = stream.getReader();
  let part = [];
  let held = 0;
  const close = () => {
    if (held) state.tree.append(sha256(concat(...part)));
    part = [];
    held = 0;
  };
  try {
    for (;;) {
      let step;
      try {
        step = await reader.read();
      } catch (cause) {
        throw new DepotError(NETWORK, 'La connexion a été coupée pendant la lecture du pli.', '');
      }
      if (step.done) break;
      let bytes = step.value;
      state.size += bytes.length;
      progress(bytes.length);
      yield bytes;
      while (bytes.length) {
        const piece = bytes.subarray(0, PART - held);
        part.push(piece);
        held += piece.length;
        bytes = bytes.subarray(piece.length);
        if (held === PART) close();
      }
    }
    close();
  } finally {
    reader.releaseLock?.();
  }
}

/** Private temporary files (OPFS) where the browser has them, else Blobs. */
export async function temporaryFolder(name) {
  try {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle(`ouverture-${name}`, { create: true });
    return {
      async create(id) {
        const handle = await folder.getFileHandle(id, { create: true });
        const access = await handle.createSyncAccessHandle();
        access.truncate(0);
        let at = 0;
        return {
          write: (bytes) => { at += access.write(bytes, { at }); },
          close: async () => {
            access.flush();
            access.close();
            return handle.getFile();
          },
          abort: async () => {
            access.close();
            await folder.removeEntry(id);
          },
        };
      },
      clear: () => root.removeEntry(`ouverture-${name}`, { recursive: true }),
    };
  } catch (error) {
    return memoryFolder();
  }
}

export function memoryFolder() {
  return {
    async create() {
      let pieces = [];
      return {
        write: (bytes) => { pieces.push(bytes.slice()); },
        close: async () => new Blob(pieces),
        abort: () => { pieces = []; },
      };
    },
    clear: async () => {},
  };
}

/**
 * @param {{row, url, identities, folder, relays?: Uint8Array[], fetcher?, report?, signal?, sleep?, engine?}} options row as `@@ouverture-plis` gives it
 * @returns {Promise<{verdict, message, documents: {nom, taille, sha256, type, blob}[], sel, fingerprint}>}
 */
export async function openOne({ row, url, identities, folder, relays = [], fetcher = fetch, report = () => {}, signal, sleep = (ms) => new Promise((r) => { setTimeout(r, ms); }), engine }) {
  for (let attempt = 1; ; attempt++) {
    const files = [];
    const state = { tree: new Tree(), size: 0 };
    let read = 0;
    try {
      let answer;
      try {
        answer = await fetcher(url, { credentials: 'same-origin', signal });
      } catch (cause) {
        if (cause.name === 'AbortError') throw cause;
        throw new DepotError(NETWORK, 'La plateforme ne répond pas.', '');
      }
      if (answer.status >= 500 || answer.status === 429) throw new DepotError(NETWORK, `La plateforme ne répond pas (${answer.status}).`, '');
      if (!answer.ok || !answer.body) {
        const json = await answer.json().catch(() => null);
        throw new DepotError(json?.code ?? `http-${answer.status}`, json?.message ?? `La plateforme n’a pas remis ce pli (réponse ${answer.status}).`, '');
      }
      const source = watched(answer.body, state, (n) => {
        read += n;
        report({ pli: row.pli, lu: read, taille: row.taille });
      });
      let result;
      let failure = null;
      try {
        result = await openPli(source, identities, {
          context: row.contexte,
          engine,
          relays,
          sink: async (file) => {
            const out = await folder.create(`${row.pli}-${files.length}`);
            return {
              write: out.write,
              close: async () => { files.push({ nom: file.name, taille: file.size, sha256: file.sha256, type: file.type, blob: await out.close() }); },
              abort: out.abort,
            };
          },
        });
      } catch (error) {
        if (!(error instanceof PliError)) throw error;
        failure = error;
      }
      if (!failure) for await (const rest of source) void rest;
      if (failure && state.size < row.taille && attempt < TRIES && ['flux', 'tronque', 'archive'].includes(failure.code) && answer.bodyUsed && await ended(source)) {
        throw new DepotError(NETWORK, 'Le pli est arrivé incomplet.', '');
      }
      if (!failure && row.racine && hex(state.tree.root()) !== row.racine) failure = new PliError('flux', 'Le contenu reçu ne correspond pas à l’empreinte de l’accusé de dépôt.');
      if (failure) return { verdict: verdictOf(failure), message: failure.message, code: failure.code, documents: [], fingerprint: identities[0]?.fingerprint ?? null };
      return { verdict: 'intact', message: 'Le pli est intact.', documents: files, sel: result.manifest.sel, fingerprint: identities.find((i) => i.recipient === result.recipient)?.fingerprint ?? null };
    } catch (error) {
      if (error.code !== NETWORK || attempt >= TRIES) throw error;
      report({ pli: row.pli, lu: 0, taille: row.taille, coupure: attempt });
      await sleep(Math.min(30_000, 1000 * 2 ** (attempt - 1)));
    }
  }
}

/** True when the ciphertext stopped before its announced size (nothing left to read). */
async function ended(source) {
  for await (const rest of source) if (rest.length) return false;
  return true;
}
