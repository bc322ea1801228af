// Why: bundles the measured page and worker into the folder given, minified like the portal's own files.

import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

await build({
  absWorkingDir: dirname(fileURLToPath(import.meta.url)),
  entryPoints: ['worker.js', 'page.js'],
  bundle: true,
  splitting: true,
  format: 'esm',
  target: ['es2022'],
  minify: true,
  logLevel: 'warning',
  outdir: process.argv[2],
});
