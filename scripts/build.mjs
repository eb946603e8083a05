#!/usr/bin/env node
// Bundles src/main.ts into dist/. First esbuild: one chunk a lazily imported module and one a set of shared modules. Then the
// chunks that every run needs are put together: Node spends more time on finding forty small files than on running them.
// With CARDFERRY_BUILD_KEEP the files of earlier builds stay: programs that are running may still import them.
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { build as merge } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));
const dist = join(root, 'dist');
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));

/** Lazily imported modules that every run needs, and those that reading the local book adds: a file each, with what they import. */
const MERGED = {
  core: [
    'src/cli.ts',
    'src/commands/index.ts',
    'src/context.ts',
    'src/ui/io.ts',
    'src/ui/errors.ts',
    'src/store/paths.ts',
    'node_modules/commander/esm.mjs',
  ],
  reader: [
    'src/commands/list.ts',
    'src/commands/search.ts',
    'src/commands/autocomplete.ts',
    'src/store/config.ts',
    'src/connect.ts',
    'src/engine/query.ts',
    'src/providers/local.ts',
  ],
};

/** Node's own modules that take long to load and are seldom called: loaded with the first call. */
const LATE = {
  'node:child_process': ['spawn'],
  'node:zlib': ['deflateRawSync', 'inflateRawSync'],
};
const late = {
  name: 'late',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(child_process|zlib)$/ }, ({ path, importer }) =>
      /[\\/](commander|local)[\\/]/.test(importer) ? { path, namespace: 'late' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'late' }, ({ path }) => ({
      contents: LATE[path]
        .map((name) => `export const ${name}=(...a)=>process.getBuiltinModule('${path}').${name}(...a);`)
        .join('\n'),
    }));
  },
};

const { outputFiles, metafile } = await bundle({
  absWorkingDir: root,
  entryPoints: { main: 'src/main.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20.18',
  minify: true,
  keepNames: true,
  legalComments: 'inline',
  define: { CARDFERRY_VERSION: JSON.stringify(version) },
  // A native addon cannot be bundled.
  external: ['@napi-rs/keyring'],
  plugins: [late],
  logLevel: 'warning',
  metafile: true,
  write: false,
});

const text = new Map(outputFiles.map((file) => [basename(file.path), file.text]));
const place = new Map();
const put = (path, into) => {
  if (place.has(basename(path))) return;
  place.set(basename(path), into);
  for (const next of metafile.outputs[path].imports)
    if (next.kind === 'import-statement' && !next.external) put(next.path, into);
};
for (const [into, modules] of Object.entries(MERGED)) {
  for (const [path, { entryPoint = '' }] of Object.entries(metafile.outputs))
    if (modules.includes(entryPoint)) put(path, into);
}

const { output } = await merge({
  root,
  configFile: false,
  logLevel: 'error',
  plugins: [
    {
      name: 'chunks',
      enforce: 'pre',
      resolveId: (id) => (text.has(basename(id)) ? `\0${basename(id)}` : { id, external: true }),
      load: (id) => text.get(id.slice(1)),
    },
  ],
  build: {
    ssr: true,
    write: false,
    minify: false,
    target: 'node20.18',
    rollupOptions: {
      input: { main: 'main.js' },
      treeshake: false,
      output: {
        entryFileNames: '[name].js',
        chunkFileNames: '[name]-[hash].js',
        hashCharacters: 'base36',
        compact: true,
        hoistTransitiveImports: false,
        manualChunks: (id) => place.get(id.slice(1)),
      },
    },
  },
});

const REQUIRE = "import{createRequire as __cr}from'node:module';const require=__cr(import.meta.url);";
mkdirSync(dist, { recursive: true });
const names = new Set(output.map((chunk) => chunk.fileName));
// The entry comes last and at once: whoever starts meanwhile runs the old program or the new one.
for (const { fileName, code } of [...output].sort(
  (a, b) => Number(a.fileName === 'main.js') - Number(b.fileName === 'main.js'),
)) {
  // Bundled CommonJS packages still call require for Node's own modules.
  const whole = /\brequire\b/.test(code) ? `${REQUIRE}${code}` : code;
  writeFileSync(join(dist, `.${fileName}.${process.pid}`), whole);
  renameSync(join(dist, `.${fileName}.${process.pid}`), join(dist, fileName));
}
if (!process.env.CARDFERRY_BUILD_KEEP)
  for (const name of readdirSync(dist)) if (!names.has(name)) rmSync(join(dist, name), { recursive: true });
