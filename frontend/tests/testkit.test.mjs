// Why: the age test kit (C2SP/CCTV, npm cctv-age) decides whether our reader refuses exactly what age refuses.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { inflateSync } from 'node:zlib';
import * as kit from 'cctv-age';
import { dearmor } from '../engine/armor.js';
import { engineName } from '../engine/cipher.js';
import { parseIdentity, passphraseIdentity } from '../engine/keys.js';
import { openAge } from '../engine/stream.js';

function parse(vector) {
  const bytes = Buffer.from(vector);
  const end = bytes.indexOf('\n\n');
  const fields = bytes.subarray(0, end).toString().split('\n').map((l) => [l.slice(0, l.indexOf(': ')), l.slice(l.indexOf(': ') + 2)]);
  const all = (k) => fields.filter(([key]) => key === k).map(([, v]) => v);
  let file = bytes.subarray(end + 2);
  if (all('compressed')[0] === 'zlib') file = inflateSync(file);
  return { expect: all('expect')[0], payload: all('payload')[0], identities: all('identity'), passphrases: all('passphrase'), armored: all('armored')[0] === 'yes', file: new Uint8Array(file) };
}

const vectors = Object.entries(kit).filter(([, v]) => v instanceof Uint8Array);
assert.ok(vectors.length > 140, `${vectors.length} vectors`);

const engines = ['wasm', 'script', ...((await engineName()) === 'natif' ? ['natif'] : [])];

for (const engine of engines) {
  for (const [name, vector] of vectors) {
    const v = parse(vector);
    if (engine !== 'wasm' && v.passphrases.length) continue;
    test(`${engine} ${name}`, async () => {
      let failure = null;
      const hash = createHash('sha256');
      try {
        const raw = v.armored ? dearmor(v.file) : v.file;
        const identities = [...v.identities.map(parseIdentity), ...v.passphrases.map(passphraseIdentity)];
        const { body } = await openAge([raw], identities, { engine });
        for await (const piece of body) hash.update(piece);
      } catch (error) {
        failure = error;
      }
      if (v.expect === 'success') {
        assert.equal(failure, null, failure?.stack);
        assert.equal(hash.digest('hex'), v.payload);
      } else {
        assert.ok(failure, `accepted although the kit expects: ${v.expect}`);
        assert.equal(failure.name, 'PliError', failure.stack);
        const codes = {
          'no match': ['destinataire', 'phrase'],
          'HMAC failure': ['mac'],
          'header failure': ['entete', 'tronque', 'phrase'],
          'armor failure': ['entete'],
          'payload failure': ['flux', 'tronque'],
        };
        assert.ok(codes[v.expect].includes(failure.code), `${v.expect}: ${failure.code}`);
      }
    });
  }
}
