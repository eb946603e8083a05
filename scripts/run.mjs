#!/usr/bin/env node
// Runs a TypeScript script of the project: bundles it with esbuild, then imports it. Usage: run.mjs scripts/x.ts [ARG ...]
import { mkdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const [script = '', ...args] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
const out = join(root, 'node_modules', '.cache', 'cardferry', `${basename(script, '.ts')}.mjs`);
mkdirSync(join(out, '..'), { recursive: true });
await build({
  entryPoints: [join(root, script)],
  outfile: out,
  bundle: true,
  platform: 'node',
  format: 'esm',
  target: 'node20.18',
  packages: 'external',
  define: { CARDFERRY_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
});
process.argv = [process.argv[0] ?? 'node', out, ...args];
process.chdir(root);
await import(pathToFileURL(out).href);
