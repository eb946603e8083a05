#!/usr/bin/env node
// Makes `npm run demo`, `npm test` and the rest work on a fresh clone: installs and builds what is missing or stale.
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const newest = (path) => {
  const info = statSync(path);
  if (!info.isDirectory()) return info.mtimeMs;
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), 0);
};
const run = (command, args) =>
  execFileSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], shell: process.platform === 'win32' });

const installed = join(root, 'node_modules', '.package-lock.json');
if (!existsSync(installed) || statSync(installed).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs) {
  process.stderr.write('installing packages\n');
  try {
    run('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=silent']);
  } catch {
    // npm ci is exact, but refuses a lock file that leaves out optional packages of other platforms.
    run('npm', ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error']);
  }
}

const built = join(root, 'dist', 'main.js');
const sources = ['src', 'package.json', 'scripts/build.mjs'].map((path) => newest(join(root, path)));
if (!existsSync(built) || statSync(built).mtimeMs < Math.max(...sources)) {
  process.stderr.write('building dist/\n');
  run(process.execPath, [join(root, 'scripts', 'build.mjs')]);
}
