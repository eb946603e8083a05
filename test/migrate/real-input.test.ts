/**
 * An address book as phones and mail programs write it, through the built program: a file → a real Radicale → MDaemon →
 * a folder → another account at Radicale, each step verified; then the first step is taken back.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseVCards } from '../../src/formats/vcard/lines.js';
import type { Card } from '../../src/model/card.js';
import { emailsOf, fullName, parseDataUri, phonesOf, photoOf } from '../../src/model/view.js';
import { carddav } from '../../src/providers/carddav.js';
import { startMdaemon, type FakeMdaemon } from '../fakes/mdaemon.js';
import { testContext } from '../support/context.js';
import { startRadicale, type Radicale } from '../support/radicale.js';
import { openGate, type Gate } from './gate.js';
import { expectVerified, Program, type Answer, type SavedProfile } from './program.js';

const FILE = fileURLToPath(new URL('fixtures/export.vcf', import.meta.url));
/** Where the record begins that its program could not write. */
const BAD_LINE = 238;
const PEOPLE = 66;
const GROUPS = 2;

let radicale: Radicale | undefined;
let mdaemon: FakeMdaemon;
const gates: Record<string, Gate> = {};
const profiles: Record<string, SavedProfile> = {};

async function gated(name: string, provider: string, url: string, user: string, password: string): Promise<void> {
  const gate = await openGate(url);
  gates[name] = gate;
  profiles[name] = { provider, url: gate.url, user, password };
}

beforeAll(async () => {
  radicale = await startRadicale();
  mdaemon = await startMdaemon({ maxPageSize: 25 });
  await gated('server', 'mdaemon', mdaemon.url, mdaemon.user, mdaemon.password);
  if (radicale === undefined) return;
  await gated('dav', 'carddav', radicale.url, radicale.user, radicale.password);
  await gated('clean', 'carddav', radicale.url, radicale.nextUser(), radicale.password);
  await gated('second', 'carddav', radicale.url, radicale.nextUser(), radicale.password);
});

afterAll(async () => {
  await Promise.all([...Object.values(gates).map((gate) => gate.close()), mdaemon.close(), radicale?.close()]);
});

/** What is on an account, by the driver alone. */
async function contents(name: string): Promise<{ cards: Card[]; groups: Record<string, number> }> {
  const provider = await carddav.open(testContext(profiles[name] ?? {}));
  try {
    const cards: Card[] = [];
    for await (const { card } of provider.list({ media: true })) cards.push(card);
    const groups = (await provider.groups?.list()) ?? [];
    return { cards, groups: Object.fromEntries(groups.map((group) => [group.name, group.memberIds.length])) };
  } finally {
    await provider.close();
  }
}

/** Requests of one run. */
async function counted<T>(name: string, work: () => Promise<T>): Promise<{ result: T; writes: number; reads: number }> {
  const gate = gates[name];
  gate?.reset();
  const result = await work();
  return { result, writes: gate?.writes() ?? -1, reads: gate?.reads() ?? -1 };
}

const byName = (cards: readonly Card[], name: string): Card => {
  const card = cards.find((candidate) => fullName(candidate) === name);
  if (card === undefined) throw new Error(`there is no ${name}`);
  return card;
};
const noteOf = (card: Card): string => Object.values(card.notes ?? {})[0]?.note ?? '';
const photoBytes = (card: Card): Uint8Array =>
  parseDataUri(photoOf(card)?.resource.uri ?? '')?.bytes ?? new Uint8Array();

/** What other tools lose of this file; each line is one of their bug reports. */
function expectWhole(cards: readonly Card[]): void {
  const juergen = byName(cards, 'Jürgen Müller');
  expect(noteOf(juergen)).toBe(
    'Erste Zeile: Schlüssel liegt beim Nachbarn, zweiter Stock rechts.\nZweite Zeile; mit Komma, Semikolon und = Zeichen.',
  );
  expect([...photoBytes(juergen).subarray(0, 3)]).toEqual([0xff, 0xd8, 0xff]);
  expect([...photoBytes(byName(cards, 'Krankenhaus St. Elisabeth')).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  expect(photoBytes(byName(cards, 'Simon Perreault'))).toHaveLength(160);
  expect(byName(cards, 'Dr. Björn Grün').organizations?.['o1']?.name).toBe('Möbel & Söhne GmbH');
  expect(byName(cards, 'Renée Lefèvre').phones).toMatchObject({ p1: { number: '+33 1 55 50 01 08' } });
  expect(
    cards
      .filter((card) => fullName(card) === 'John Smith')
      .flatMap(phonesOf)
      .sort(),
  ).toEqual(['+1-555-0104', '+1-555-0105']);
  expect(noteOf(byName(cards, 'Gęślą Zażółć'))).toBe('zażółć gęślą jaźń, '.repeat(9));
  expect(noteOf(byName(cards, 'Äußerst Lang'))).toContain('überall 😀 und weiter, Ünïcödé');
  const johnny = byName(cards, 'Mr. Johnny Q. Appleseed III');
  expect(Object.values(johnny.emails ?? {}).find(({ label }) => label === 'Newsletter')?.address).toBe(
    'johnny@orchard.example',
  );
  expect(Object.values(johnny.anniversaries ?? {}).find(({ kind }) => kind === 'birth')?.date).toEqual({
    month: 2,
    day: 29,
  });
  expect(noteOf(johnny)).toBe('Likes apples, pears; not plums.\nSecond line with a \\ backslash.');
  expect(byName(cards, 'Krankenhaus St. Elisabeth').kind).toBe('org');
  expect(emailsOf(byName(cards, 'Linus T.'))).toHaveLength(4);
  expect(byName(cards, 'Ada Lovelace').keywords).toEqual({ myContacts: true, 'VIP, press': true });
  expect(JSON.stringify(byName(cards, "Robert 'Bobby' O;Tables").vCardProps)).toContain('x-favourite-colour');
  expect(cards.flatMap(emailsOf)).toContain('collected.17@example.net');
}

async function migrated(program: Program, args: string[], code = 0, contacts = PEOPLE): Promise<Answer> {
  const answer = await program.migrate(args, code);
  expectVerified(answer, contacts);
  return answer;
}

describe('a book of 66 people, 2 groups and a broken record, in 2.1, 3.0 and 4.0', () => {
  it('goes to a real server, over MDaemon and a folder to another account, and can be taken back', async ({ skip }) => {
    skip(radicale === undefined, 'radicale cannot be had');
    const program = await Program.with(profiles);
    const report = program.path('report');

    const first = await counted('dav', () => migrated(program, [FILE, 'dav', '--report', report], 3));
    // One request a contact and a group, and one for the address book that the account did not have.
    expect(first.writes).toBe(PEOPLE + GROUPS + 1);
    expect(first.reads).toBeLessThanOrEqual(12);
    expect(first.result.plan).toMatchObject({ create: PEOPLE, failed: 1, losses: [], groups: { create: GROUPS } });
    expect(first.result.failed).toEqual([
      { id: `line ${BAD_LINE}`, error: { code: 'input', message: expect.stringContaining('no property') as string } },
    ]);
    const told = await program.report(report);
    expect(told.totals).toEqual({ created: PEOPLE, failed: 1 });
    expect(told.items.filter(({ status }) => status === 'failed')).toMatchObject([
      { kind: 'record', line: BAD_LINE, code: 'input', remedy: expect.stringMatching(/rejects/) as string },
    ]);
    const rejects = await readFile(`${report}/rejects.vcf`, 'utf8');
    expect(rejects).toBe('BEGIN:VCARD\r\nVERSION:3.0\r\nError 0x80040107: the item could not be read\r\nEND:VCARD\r\n');
    const there = await contents('dav');
    expect(there.cards).toHaveLength(PEOPLE);
    expect(there.groups).toEqual({ 'Orchard friends': 3, 'Conference, 2025': 3 });
    expectWhole(there.cards);

    const again = await counted('dav', () => migrated(program, [FILE, 'dav'], 3));
    expect(again.writes).toBe(0);
    expect(again.reads).toBeLessThanOrEqual(10);
    expect(again.result.plan).toMatchObject({ create: 0, update: 0, delete: 0, unchanged: PEOPLE });

    await migrated(program, ['dav', 'server']);
    mdaemon.assertClean();
    await migrated(program, ['server', program.path('folder/')]);
    await migrated(program, [program.path('folder/'), 'second']);
    const back = await contents('second');
    expect(back.cards.map(fullName).filter((name) => name !== '')).toEqual(
      expect.arrayContaining(there.cards.map(fullName).filter((name) => name !== '')) as string[],
    );
    expect(back.cards).toHaveLength(PEOPLE);
    expect(back.groups).toMatchObject({ 'Orchard friends': 3, 'Conference, 2025': 3 });

    const undone = await program.run(['undo', first.result.run ?? '', '--yes', '--json']);
    expect(undone.code, undone.stderr).toBe(0);
    expect(await contents('dav')).toEqual({ cards: [], groups: {} });
  }, 60_000);

  it('without the broken record it is whole: exit 0', async ({ skip }) => {
    skip(radicale === undefined, 'radicale cannot be had');
    const program = await Program.with(profiles);
    const bytes = await readFile(FILE);
    const text = bytes.toString('latin1');
    const from = text.indexOf('BEGIN:VCARD', text.lastIndexOf('END:VCARD', text.indexOf('Error 0x')));
    const to = text.indexOf('BEGIN:VCARD', from + 1);
    const clean = program.path('clean.vcf');
    await writeFile(clean, Buffer.concat([bytes.subarray(0, from), bytes.subarray(to)]));
    expect(parseVCards(await readFile(clean)).filter((item) => 'error' in item)).toEqual([]);
    const answer = await migrated(program, [clean, 'clean']);
    expect(answer).toMatchObject({ ok: true, failed: [], plan: { failed: 0 } });
  }, 60_000);
});
