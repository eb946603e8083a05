/**
 * A real migration on embedded servers: Axigen stand-in → MDaemon stand-in → local vdir, through the built program.
 * Ends with exit 0 only when the verification of every step says so.
 */
import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cardToVCard } from '../src/formats/vcard/map.js';
import { startAxigen } from '../test/fakes/axigen.js';
import { startMdaemon } from '../test/fakes/mdaemon.js';
import { groupCard, people, peopleGroups } from '../test/fakes/people.js';

const CONTACTS = 520;
const work = await mkdtemp(join(tmpdir(), 'cardferry-demo-'));
const say = (text: string): void => void process.stdout.write(`${text}\n`);

/** Runs the program as a user would; its streams are the demo's. */
function cardferry(args: readonly string[], input = ''): Promise<number> {
  say(`\n$ cardferry ${args.map((arg) => (/[\s*]/.test(arg) ? `"${arg}"` : arg)).join(' ')}`);
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['bin/cardferry.js', '--config-dir', join(work, 'config'), ...args], {
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    child.on('error', reject);
    child.on('exit', (code) => resolve(code ?? 1));
    child.stdin.end(input);
  });
}

async function must(args: readonly string[], input?: string): Promise<void> {
  const code = await cardferry(args, input);
  if (code !== 0) throw new Error(`"cardferry ${args.join(' ')}" ended with ${code}`);
}

const axigen = await startAxigen();
const mdaemon = await startMdaemon();
let code = 1;
try {
  const cards = people(CONTACTS);
  const groups = peopleGroups(cards);
  for (const card of [...cards, ...groups.map(groupCard)])
    axigen.add(cardToVCard(card, { version: '3.0', carry: true }));
  const pictures = cards.filter((card) =>
    Object.values(card.media ?? {}).some((entry) => entry.kind === 'photo'),
  ).length;
  say(
    `Two mail servers on this machine: Axigen with ${cards.length} contacts (${pictures} pictures, ${groups.length} groups), and an empty MDaemon.`,
  );

  const back = join(work, 'report');
  await must(
    ['profile', 'add', 'old', '--provider', 'axigen', '--url', axigen.url, '--user', axigen.user, '--password-stdin'],
    `${axigen.password}\n`,
  );
  await must(
    [
      'profile',
      'add',
      'new',
      '--provider',
      'mdaemon',
      '--url',
      mdaemon.url,
      '--user',
      mdaemon.user,
      '--password-stdin',
    ],
    `${mdaemon.password}\n`,
  );
  await must(['migrate', 'old', 'new', '--yes', '--report', back]);
  say('\nThe same command again writes nothing:');
  const writes = mdaemon.requests.length;
  await must(['migrate', 'old', 'new', '--yes']);
  const changed = mdaemon.requests.slice(writes).filter((request) => ['PUT', 'DELETE'].includes(request.method));
  if (changed.length > 0) throw new Error(`the second run sent ${changed.length} write(s)`);
  say('\nAnd into a folder of vCard files:');
  const folder = join(work, 'contacts/');
  await must(['migrate', 'new', folder, '--yes']);
  await must(['profile', 'add', 'folder', '--provider', 'local', '--option', `path=${folder}`]);
  await must(['list', '--profile', 'folder', '--sort', 'name', '--limit', '8', '--format', 'table']);
  axigen.assertClean();
  mdaemon.assertClean();
  say(`\nAll verified. The report: ${join(back, 'report.json')}`);
  code = 0;
} catch (error) {
  say(`\nThe demo failed: ${error instanceof Error ? error.message : String(error)}`);
} finally {
  await Promise.all([axigen.close(), mdaemon.close()]);
  if (code === 0 && process.env['CI']) await rm(work, { recursive: true, force: true });
  process.exitCode = code;
}
