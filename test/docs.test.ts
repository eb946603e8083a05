import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

it('man page, README matrix and docs/fields.md are what the code says (else: npm run docs)', async () => {
  const done = await run(process.execPath, ['scripts/run.mjs', 'scripts/gen-docs.ts', '--check']).catch(
    (error: { stderr: string }) => error,
  );
  expect(done.stderr).toBe('');
});
