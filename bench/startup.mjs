#!/usr/bin/env node
// Start-up against bare Node, side by side in one run: median of the pairwise ratios. Usage: startup.mjs [RUNS]
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const runs = Number(process.argv[2] ?? 21);
const bin = fileURLToPath(new URL('../bin/cardferry.js', import.meta.url));
const dir = mkdtempSync(join(tmpdir(), 'cardferry-bench-'));
const book = join(dir, 'data', 'contacts');
mkdirSync(book, { recursive: true });
for (let n = 0; n < 20; n += 1) {
  const card = [
    'BEGIN:VCARD',
    'VERSION:3.0',
    `UID:bench-${n}`,
    `FN:Anna Muster ${n}`,
    `N:Muster;Anna ${n};;;`,
    `EMAIL;TYPE=WORK:anna${n}@example.com`,
    'END:VCARD',
    '',
  ];
  writeFileSync(join(book, `bench-${n}.vcf`), card.join('\r\n'));
}

const cases = [
  { name: '--version', args: ['--version'], limit: 1.3 },
  { name: '--help', args: ['--help'], limit: 1.5 },
  { name: 'list (20 contacts)', args: ['--config-dir', dir, 'list'], limit: 1.8 },
  { name: 'autocomplete', args: ['--config-dir', dir, 'autocomplete', 'ann'], limit: 1.8 },
];

const time = (args) => {
  const start = process.hrtime.bigint();
  const done = spawnSync(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  if (done.status !== 0) throw new Error(`${args.join(' ')} ended with ${done.status}: ${done.stderr}`);
  return ms;
};
const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

let over = 0;
console.log(`${'command'.padEnd(20)}  node -e 0  cardferry  ratio  limit   (median of ${runs}, ms)`);
for (const { name, args, limit } of cases) {
  time([bin, ...args]);
  const pairs = Array.from({ length: runs }, () => [time(['-e', '0']), time([bin, ...args])]);
  const ratio = median(pairs.map(([bare, ours]) => ours / bare));
  if (ratio > limit) over += 1;
  const figures = [median(pairs.map(([bare]) => bare)), median(pairs.map(([, ours]) => ours))].map((ms) =>
    ms.toFixed(0).padStart(9),
  );
  console.log(
    `${name.padEnd(20)}  ${figures.join('  ')}  ${ratio.toFixed(2).padStart(5)}  ${limit.toFixed(1).padStart(5)}${ratio > limit ? '   over' : ''}`,
  );
}
rmSync(dir, { recursive: true, force: true });
process.exitCode = over > 0 ? 1 : 0;
