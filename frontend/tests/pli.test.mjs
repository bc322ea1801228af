// Why: the pli itself: what we seal opens everywhere, resumes byte-identical, and nothing altered is ever accepted.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { Decrypter, Encrypter, generateHybridIdentity, identityToRecipient } from 'age-encryption';
import * as m from '../engine/index.js';
import { CHUNK } from '../engine/stream.js';
import { padme } from '../engine/tar.js';

const engines = ['wasm', 'script', ...((await m.engineName()) === 'natif' ? ['natif'] : [])];
const random = (n) => {
  const out = new Uint8Array(n);
  for (let i = 0; i < n; i += 65536) crypto.getRandomValues(out.subarray(i, Math.min(n, i + 65536)));
  return out;
};

export async function makePli({ documents, keys, context = {}, part, engine }) {
  const sel = m.hex(m.randomBytes(32));
  const recipients = keys.map((k) => k.recipient);
  const ctx = {
    v: 1, profil: 'megalis', acheteur: '21290189600013', consultation: m.uuid(), version_dce: 'a'.repeat(64), lot: '2', enveloppe: 'offre',
    deposant: 'b'.repeat(64), depot: m.uuid(), recipients: recipients.map(m.fingerprint), echeance: '2026-03-16T11:00:00Z', ...context,
  };
  const files = [];
  for (const [name, bytes] of documents) {
    const blob = new Blob([bytes]);
    files.push({ name, size: blob.size, blob, sha256: await m.hashBlob(blob), type: 'application/octet-stream' });
  }
  const bundle = new m.Bundle(m.manifestBytes(ctx, sel, files), files);
  const seal = await m.newSeal(recipients, ctx);
  const sealer = new m.PartSealer(seal, bundle, { part, engine });
  const parts = [];
  for await (const p of sealer.parts()) parts.push({ ...p, bytes: p.bytes.slice() });
  const bytes = m.concat(...parts.map((p) => p.bytes));
  assert.equal(bytes.length, sealer.size);
  return { ctx, sel, files, bundle, seal, parts, bytes, sealer };
}

async function open(bytes, keys, options) {
  const got = {};
  const result = await m.openPli([bytes], keys, {
    ...options,
    sink: async ({ name }) => {
      const pieces = [];
      return { write: (b) => pieces.push(b.slice()), close: () => { got[name] = m.concat(...pieces); } };
    },
  });
  return { ...result, got };
}

const refused = (code) => (error) => {
  assert.equal(error.name, 'PliError', error.stack);
  if (code) assert.ok([code].flat().includes(error.code), `${error.code}: ${error.message}`);
  return true;
};

test('a pli opens with each of its keys, documents intact, names with accents included', async () => {
  const keys = [m.generateIdentity(), m.generateIdentity(), m.generateIdentity()];
  const documents = [['mémoire technique n° 1.pdf', random(100_000)], ['vide.txt', new Uint8Array()], [`${'long'.repeat(40)}.pdf`, random(3)]];
  const pli = await makePli({ documents, keys });
  for (const key of keys) {
    const { got, manifest, documents: docs } = await open(pli.bytes, [key], { context: pli.ctx });
    for (const [name, bytes] of documents) assert.deepEqual(got[name], bytes);
    assert.equal(docs.length, 3);
    assert.equal(manifest.sel, pli.sel);
    assert.equal(m.commitment(manifest.sel, docs[0].sha256).length, 64);
  }
  await assert.rejects(open(pli.bytes, [m.generateIdentity()], { context: pli.ctx }), refused('destinataire'));
});

test('sizes around chunk and part edges, every engine, small parts', async () => {
  const keys = [m.generateIdentity()];
  for (const engine of engines) {
    for (const size of [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 300_000]) {
      for (const part of [4096, 65536, 65552, 100_000]) {
        const data = random(size);
        const seal = await m.newSeal(keys.map((k) => k.recipient), null);
        const sealer = new m.PartSealer(seal, new m.RawSource(new Blob([data])), { part, engine });
        const pieces = [];
        for await (const p of sealer.parts()) {
          assert.equal(p.bytes.length, Math.min(part, sealer.size - p.offset));
          pieces.push(p.bytes.slice());
        }
        const bytes = m.concat(...pieces);
        assert.equal(bytes.length, sealer.size);
        assert.deepEqual(await m.decrypt(bytes, keys, { engine }), data);
      }
    }
  }
});

test('a resumed seal gives the same bytes from any part', async () => {
  const keys = [m.generateIdentity()];
  const pli = await makePli({ documents: [['a.pdf', random(400_000)], ['b.pdf', random(250_000)]], keys, part: 70_000 });
  const plainHashes = pli.parts.map((p) => p.plainHash);
  for (let from = 0; from <= pli.parts.length; from++) {
    const again = new m.PartSealer(pli.seal, pli.bundle, { part: 70_000, plainHashes });
    await again.verify();
    let i = from;
    for await (const p of again.parts(from)) {
      assert.equal(p.index, i);
      assert.deepEqual(p.bytes, pli.parts[i].bytes);
      i++;
    }
    assert.equal(i, pli.parts.length);
  }
});

test('a changed file is refused before a single byte is sealed again under the same key and nonce', async () => {
  const keys = [m.generateIdentity()];
  const original = random(400_000);
  const pli = await makePli({ documents: [['a.pdf', original]], keys, part: 70_000 });
  const changed = original.slice();
  changed[200_000] ^= 1;
  const blob = new Blob([changed]);
  const bundle = new m.Bundle(m.manifestBytes(pli.ctx, pli.sel, pli.files), [{ name: 'a.pdf', size: blob.size, blob }]);
  const plainHashes = pli.parts.map((p) => p.plainHash);
  await assert.rejects(new m.PartSealer(pli.seal, bundle, { part: 70_000, plainHashes }).verify(), refused('empreinte'));
  await assert.rejects(async () => {
    for await (const p of new m.PartSealer(pli.seal, bundle, { part: 70_000, plainHashes }).parts()) assert.deepEqual(p.bytes, pli.parts[p.index].bytes);
  }, refused('empreinte'));
});

test('flips, truncations, swaps, additions and removed recipients: none accepted', async () => {
  const keys = [m.generateIdentity(), m.generateIdentity()];
  const pli = await makePli({ documents: [['a.pdf', random(150_000)]], keys });
  const tries = [];
  const { bytes } = pli;
  for (let at = 0; at < bytes.length; at += 1499) {
    const copy = bytes.slice();
    copy[at] ^= 1 << (at % 8);
    tries.push(copy);
  }
  const head = bytes.length - m.concat(bytes).length + pli.seal.header.length + 16;
  for (const n of [0, 10, 100, head - 16, head, head + 5, head + CHUNK + 16, bytes.length - 1, bytes.length - 16]) tries.push(bytes.slice(0, n));
  tries.push(m.concat(bytes, new Uint8Array(1)), m.concat(bytes, new Uint8Array(CHUNK)));
  const swapped = bytes.slice();
  swapped.copyWithin(head, head + CHUNK + 16, head + 2 * (CHUNK + 16));
  swapped.set(bytes.subarray(head, head + CHUNK + 16), head + CHUNK + 16);
  tries.push(swapped);
  const headText = new TextDecoder('latin1').decode(pli.seal.header);
  const firstStanza = headText.indexOf('-> ', headText.indexOf('-> ') + 3);
  tries.push(m.concat(m.utf8(`age-encryption.org/v1\n${headText.slice(firstStanza)}`), bytes.subarray(pli.seal.header.length)));
  for (const t of tries) await assert.rejects(open(t, [keys[1]], { context: pli.ctx }), refused());
});

test('a pli of another lot, company, deadline or recipient list is refused by context', async () => {
  const keys = [m.generateIdentity(), m.generateIdentity()];
  const pli = await makePli({ documents: [['a.pdf', random(1000)]], keys });
  for (const change of [{ lot: '3' }, { lot: null }, { deposant: 'c'.repeat(64) }, { echeance: '2026-03-16T11:00:01Z' }, { recipients: [pli.ctx.recipients[0]] }, { enveloppe: 'candidature' }]) {
    await assert.rejects(open(pli.bytes, [keys[0]], { context: { ...pli.ctx, ...change } }), refused('contexte'));
  }
  const other = await makePli({ documents: [['a.pdf', random(1000)]], keys: [keys[0]], context: { recipients: pli.ctx.recipients } });
  await assert.rejects(open(other.bytes, [keys[0]], { context: other.ctx }), refused('contexte'));
  const grease = await m.newSeal([keys[0].recipient], pli.ctx);
  const stanzas = [...m.parseHeader(grease.header).stanzas];
  stanzas.splice(1, 0, { args: ['inconnu', 'x'], body: new Uint8Array(32) });
  assert.throws(() => m.checkContext({ stanzas }, pli.ctx), refused('contexte'));
  assert.equal(m.verdictOf(new m.PliError('contexte', '')), 'contexte');
  assert.equal(m.verdictOf(new m.PliError('flux', '')), 'altere');
  assert.equal(m.verdictOf(new m.PliError('destinataire', '')), 'illisible');
});

test('a manifest that departs from the form, or names one file twice, is refused as the terminal refuses it', async () => {
  const keys = [m.generateIdentity(), m.generateIdentity()];
  const recipients = keys.map((k) => k.recipient);
  const ctx = { ...(await makePli({ documents: [['a', random(1)]], keys })).ctx };
  const file = (name) => ({ name, size: 1, sha256: m.hex(m.sha256(new Uint8Array(1))), type: 'text/plain' });
  const write = async (change, files = [file('a')], order = recipients) => {
    const whole = { v: 1, format: 'megalis.bzh/pli', context: ctx, sel: 'ab'.repeat(32), files };
    const manifest = typeof change === 'function' ? m.utf8(change(m.stringify(whole))) : m.dumps({ ...whole, ...change });
    const bundle = new m.Bundle(manifest, files.map((f) => ({ ...f, blob: new Blob([new Uint8Array(1)]) })));
    const sealer = new m.PartSealer(await m.newSeal(order, ctx), bundle);
    const pieces = [];
    for await (const p of sealer.parts()) pieces.push(p.bytes.slice());
    return m.concat(...pieces);
  };
  await open(await write({}), keys, { context: ctx });
  const tries = {
    'not canonical': [(s) => s.replace('{', '{ ')],
    'a field more': [{ autre: 1 }],
    'no file': [{ files: [] }],
    'a type with a space': [{ files: [{ ...file('a'), type: 'text/plain; x' }] }],
    'two names but for case': [{}, [file('Prix.pdf'), file('prix.PDF')]],
    'two names but for a ligature': [{}, [file('fiche.pdf'), file('ﬁche.pdf')]],
  };
  for (const [name, args] of Object.entries(tries)) {
    await assert.rejects(open(await write(...args), [keys[0]], { context: ctx }), refused('manifeste'), name);
  }
  const swapped = await write({}, [file('a')], [...recipients].reverse());
  for (const options of [{ context: ctx }, {}]) await assert.rejects(open(swapped, [keys[0]], options), refused('contexte'));
});

test('typage opens ours and we open typage', async () => {
  const secret = await generateHybridIdentity();
  const recipient = await identityToRecipient(secret);
  assert.equal(m.parseIdentity(secret).recipient, recipient);
  const data = random(200_001);
  const ours = await m.encrypt(data, [recipient]);
  const d = new Decrypter();
  d.addIdentity(secret);
  assert.deepEqual(await d.decrypt(ours), data);
  const e = new Encrypter();
  e.addRecipient(recipient);
  assert.deepEqual(await m.decrypt(await e.encrypt(data), [m.parseIdentity(secret)]), data);
});

test('key files: wrapped by a passphrase, wrong passphrase refused, typage agrees', async () => {
  const id = m.generateIdentity();
  const file = await m.wrapKeyFile(id, 'une phrase assez longue', { logN: 10, comment: 'titulaire' });
  assert.ok(m.isWrapped(file));
  assert.equal((await m.readKeyFile(file, 'une phrase assez longue'))[0].text, id.text);
  await assert.rejects(m.readKeyFile(file, 'une autre phrase'), refused('phrase'));
  await assert.rejects(m.readKeyFile(random(100), 'x'), refused('cle'));
  await assert.rejects(m.readKeyFile(file.subarray(0, file.length - 40), 'x'), refused('entete'));
  assert.equal((await m.readKeyFile(m.utf8(`# commentaire\n${id.text}\n`)))[0].fingerprint, id.fingerprint);
});

test('the printed sheet: the key never bare, read back even without its line breaks, only with its phrase', async () => {
  const id = m.generateIdentity();
  const sheet = await m.wrapKeySheet(id, 'quatre mots bien choisis', { logN: 10 });
  assert.ok(!sheet.includes(id.text) && !sheet.includes('AGE-SECRET'));
  assert.ok(sheet.length < 500, `${sheet.length} characters fit a code that a phone reads`);
  for (const typed of [sheet, sheet.replaceAll('\n', ''), sheet.replaceAll('\n', ' '), `  ${sheet}\r\n`]) {
    const [back] = await m.readKeyText(typed, 'quatre mots bien choisis');
    assert.equal(back.fingerprint, id.fingerprint);
  }
  await assert.rejects(m.readKeyText(sheet, 'une autre phrase'), refused('phrase'));
  await assert.rejects(m.readKeyText(sheet.replace(/[^-\n]{8}\n/, '\n'), 'quatre mots bien choisis'), refused());
  assert.equal((await m.readKeyText(id.text))[0].fingerprint, id.fingerprint);
});

test('a drill never opens a bid, nor anything but 32 bytes', async () => {
  const key = m.generateIdentity();
  const secret = random(32);
  assert.deepEqual(await m.openChallenge(await m.encrypt(secret, [key.recipient]), [key]), secret);
  const { bytes: bid } = await makePli({ documents: [['prix.txt', random(40)]], keys: [key] });
  const large = await makePli({ documents: [['prix.bin', random(100_000)]], keys: [key] });
  for (const bytes of [bid, large.bytes, await m.encrypt(random(31), [key.recipient]), await m.encrypt(random(33), [key.recipient])]) {
    await assert.rejects(m.openChallenge(bytes, [key]), refused('defi'));
  }
});

test('Debian age opens our X25519 and ssh-rsa plis; tar lists the documents', { skip: spawnSync('age', ['--version']).error && 'age is not installed' }, async () => {
  const dir = mkdtempSync(join(tmpdir(), 'pli-'));
  const run = (cmd, args, input) => {
    const r = spawnSync(cmd, args, { input, maxBuffer: 1 << 28 });
    assert.equal(r.status, 0, `${cmd}: ${r.stderr}`);
    return r.stdout;
  };
  run('age-keygen', ['-o', join(dir, 'x.key')]);
  run('ssh-keygen', ['-q', '-t', 'rsa', '-b', '3072', '-N', '', '-C', 'essai', '-f', join(dir, 'rsa')]);
  const [x] = await m.readKeyFile(readFileSync(join(dir, 'x.key')));
  const rsa = { recipient: m.checkRecipient(readFileSync(join(dir, 'rsa.pub'), 'utf8')) };
  const documents = [['mémoire.pdf', random(100_000)], ['prix.ods', random(70_000)]];
  const pli = await makePli({ documents, keys: [m.generateIdentity(), x, rsa] });
  writeFileSync(join(dir, 'pli.age'), pli.bytes);
  for (const key of ['x.key', 'rsa']) {
    const tar = run('age', ['-d', '-i', join(dir, key), join(dir, 'pli.age')]);
    assert.equal(tar.length, pli.bundle.length);
    const names = run('tar', ['-tf', '-'], tar).toString();
    assert.match(names, /^manifest\.json\n/);
    run('tar', ['-xf', '-', '-C', dir], tar);
    for (const [name, bytes] of documents) assert.deepEqual(new Uint8Array(readFileSync(join(dir, 'documents', name))), bytes);
  }
  const theirs = run('age', ['-r', x.recipient], Buffer.from('bonjour'));
  assert.equal(m.text(await m.decrypt(new Uint8Array(theirs), [x])), 'bonjour');
});

test('Padmé: figures of the paper and at most 12 % more', () => {
  assert.deepEqual([9, 100, 1000, 1025, 2 ** 40 - 1].map(padme), [10, 104, 1024, 1088, 2 ** 40]);
  for (let n = 1; n < 1e13; n = Math.ceil(n * 1.37)) assert.ok(padme(n) >= n && padme(n) <= Math.ceil(n * 1.12) + 1);
});

test('canonical JSON: order, escapes, refusals', () => {
  assert.equal(m.stringify({ b: 1, a: 'é\u0007\u2028', '€': null, A: [true, {}] }), '{"A":[true,{}],"a":"é\\u0007\u2028","b":1,"€":null}');
  assert.throws(() => m.stringify({ a: 1.5 }), TypeError);
  assert.throws(() => m.stringify('\ud800'), TypeError);
  assert.throws(() => m.stringify({ a: undefined }), TypeError);
});

test('RFC 6962 tree: known root and inclusion proofs', () => {
  const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(m.unhex);
  assert.equal(m.hex(m.rootOf(leaves)), '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328');
  assert.equal(m.hex(m.rootOf([])), m.hex(m.sha256(new Uint8Array())));
  const path = (i, from, to) => {
    if (to - from === 1) return [];
    let k = 1;
    while (k * 2 < to - from) k *= 2;
    return i < from + k ? [...path(i, from, from + k), m.rootOf(leaves.slice(from + k, to))] : [...path(i, from + k, to), m.rootOf(leaves.slice(from, from + k))];
  };
  for (let size = 1; size <= leaves.length; size++) {
    const root = m.rootOf(leaves.slice(0, size));
    for (let i = 0; i < size; i++) {
      const p = path(i, 0, size);
      assert.ok(m.verifyInclusion(m.leafHash(leaves[i]), i, size, p, root));
      assert.ok(!m.verifyInclusion(m.leafHash(leaves[i]), i, size, [...p, root], root));
      assert.ok(!m.verifyInclusion(m.leafHash(m.unhex('ff')), i, size, p, root));
      if (size > 1) assert.ok(!m.verifyInclusion(m.leafHash(leaves[i]), (i + 1) % size, size, p, root));
    }
  }
});
