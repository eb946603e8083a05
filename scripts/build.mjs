#!/usr/bin/env node
// Bundles src/main.ts into dist/: one entry, one chunk per lazily imported command, shared chunks between them.
import { readFileSync, rmSync } from 'node:fs';
import { build } from 'esbuild';

const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'));
rmSync(new URL('../dist', import.meta.url), { recursive: true, force: true });

await build({
  entryPoints: { main: 'src/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  minify: true,
  keepNames: true,
  legalComments: 'linked',
  define: { CARDFERRY_VERSION: JSON.stringify(version) },
  // A native addon cannot be bundled.
  external: ['@napi-rs/keyring'],
  // Bundled CommonJS packages still call require for Node's own modules.
  banner: { js: "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);" },
  logLevel: 'warning',
});
