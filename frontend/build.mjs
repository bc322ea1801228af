// Why: one command makes what the portal serves: hashed files, integrity values and a manifest the templates read.
// Output: built/<name>-<hash>.js, built/chunk-*.js (loaded on demand), built/manifest.json {name: {file, sri, bytes}}.

import { createHash } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
const argument = process.argv.indexOf('--out');
const final = argument > 0 ? resolve(process.argv[argument + 1]) : resolve(here, '../src/megalis.portal/megalis/portal/theme/static/built');
const out = `${final}.new`;

const common = {
  absWorkingDir: here,
  bundle: true,
  format: 'esm',
  target: ['es2022'],
  minify: true,
  charset: 'utf8',
  legalComments: 'none',
  logLevel: 'warning',
  outdir: out,
  metafile: true,
};

const manifest = {};

async function record(name, file) {
  const bytes = await readFile(join(out, file));
  manifest[name] = { file, sri: `sha384-${createHash('sha384').update(bytes).digest('base64')}`, bytes: bytes.length };
}

async function outputs(result) {
  for (const [path, info] of Object.entries(result.metafile.outputs)) {
    const file = path.split('/').pop();
    const name = info.entryPoint ? info.entryPoint.split('/').pop().replace(/\.js$/, '') : file.replace(/\.js$/, '');
    await record(name, file);
  }
}

await rm(out, { recursive: true, force: true });
await mkdir(out, { recursive: true });
const workers = await build({ ...common, entryPoints: ['worker/scelleur.js'], splitting: true, entryNames: '[name]-[hash]', chunkNames: 'chunk-[hash]' });
await outputs(workers);
const pages = await build({
  ...common,
  // one whole file a page: its integrity value then covers every line that runs
  entryPoints: ['pages/portail.js', 'pages/depot.js', 'pages/cles.js', 'pages/ouverture.js', 'pages/relais.js', 'pages/verifier.js', 'pages/accuse.js', 'pages/editeur.js', 'pages/espace.js', 'pages/tableau.js', 'pages/redaction.js'],
  entryNames: '[name]-[hash]',
  define: { WORKER_FILE: JSON.stringify(manifest.scelleur.file), WORKER_SRI: JSON.stringify(manifest.scelleur.sri) },
});
await outputs(pages);

const licences = [];
for (const scope of ['@noble', '@scure']) {
  for (const name of await readdir(join(here, 'node_modules', scope))) licences.push(`${scope}/${name}`);
}
licences.push('hash-wasm', 'libsodium', 'qrcode-generator');
let text = 'Bibliothèques comprises dans ces fichiers et leurs licences.\n';
for (const name of licences) {
  const folder = join(here, 'node_modules', name);
  const meta = JSON.parse(await readFile(join(folder, 'package.json'), 'utf8'));
  const file = (await readdir(folder)).find((f) => /^licen[cs]e/i.test(f));
  text += `\n== ${name} ${meta.version} (${meta.license})\n${file ? await readFile(join(folder, file), 'utf8') : ''}`;
}
await writeFile(join(out, 'LICENCES.txt'), text);
await writeFile(join(out, 'manifest.json'), `${JSON.stringify(manifest, null, 1)}\n`);
await rm(final, { recursive: true, force: true });
await rename(out, final);
for (const [name, { file, bytes }] of Object.entries(manifest)) console.log(`${name.padEnd(16)} ${String(bytes).padStart(8)}  ${file}`);
