// Why: the engine from the command line, for interoperability tests in other languages (JSON request on standard input).

import { openAsBlob } from 'node:fs';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import * as m from '../engine/index.js';
import { verifyReceipt } from '../engine/receipt.js';

const operations = {
  async cle() {
    const k = m.generateIdentity();
    return { identity: k.text, recipient: k.recipient, fingerprint: k.fingerprint };
  },
  async sceller({ files, recipients, context, out, engine, sel = m.hex(m.randomBytes(32)), raw }) {
    let source;
    if (raw) source = new m.RawSource(await openAsBlob(raw));
    else {
      const described = [];
      for (const path of files) {
        const blob = await openAsBlob(path);
        described.push({ name: basename(path), size: blob.size, type: 'application/octet-stream', blob, sha256: await m.hashBlob(blob) });
      }
      source = new m.Bundle(m.manifestBytes(context ?? null, sel, described), described);
    }
    const sealer = new m.PartSealer(await m.newSeal(recipients, context), source, { engine });
    const tree = new m.Tree();
    const pieces = [];
    for await (const p of sealer.parts()) {
      pieces.push(p.bytes.slice());
      tree.append(p.partHash);
    }
    await writeFile(out, m.concat(...pieces));
    return { sel, racine: m.hex(tree.root()), taille: sealer.size };
  },
  async ouvrir({ identity, phrase, path, context, dir, engine, raw }) {
    const keys = await m.readKeyFile(new Uint8Array(await readFile(identity)), phrase);
    const bytes = new Uint8Array(await readFile(path));
    if (raw) {
      await writeFile(raw, await m.decrypt(bytes, keys, { engine }));
      return {};
    }
    await mkdir(dir, { recursive: true });
    const { documents, manifest } = await m.openPli([bytes], keys, {
      context,
      engine,
      sink: async ({ name }) => {
        const pieces = [];
        return { write: (b) => pieces.push(b.slice()), close: () => writeFile(join(dir, name), m.concat(...pieces)) };
      },
    });
    return { documents, sel: manifest.sel };
  },
  async envelopper({ identity, phrase, out }) {
    await writeFile(out, await m.wrapKeyFile(m.parseIdentity(identity), phrase, { logN: 10 }));
    return {};
  },
  async relever({ identity, defi }) {
    return { reponse: m.hex(await m.decrypt(m.unb64(defi), [m.parseIdentity(identity)])) };
  },
  async verifier({ receipt, key, files }) {
    return verifyReceipt(receipt, { key, files });
  },
  async canonique({ value }) {
    return m.stringify(value);
  },
};

let input = '';
for await (const piece of process.stdin) input += piece;
const request = JSON.parse(input);
try {
  console.log(JSON.stringify({ ok: true, result: await operations[request.op](request) }));
} catch (error) {
  console.log(JSON.stringify({ ok: false, code: error.code ?? error.name, message: error.message }));
}
