/** What a migration says before it writes, where what does not fit goes, and what stops it. Through the built program. */
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { cardToVCard, parseVCard } from '../../src/formats/vcard/index.js';
import { parseVCards } from '../../src/formats/vcard/lines.js';
import type { Card } from '../../src/model/card.js';
import { diffCards } from '../../src/model/normalize.js';
import { emailsOf, fullName } from '../../src/model/view.js';
import { Program, textOf, type Answer } from './program.js';
import { openSide, type Kind, type Side } from './sides.js';

const open: Side[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((side) => side.close()));
});

async function start(kind: Kind): Promise<Side> {
  const side = await openSide(kind);
  open.push(side);
  return side;
}

let serial = 0;
function person(full: string, members: Partial<Card> = {}): Card {
  serial += 1;
  const uid = `urn:uuid:5b0c1c66-0000-4000-8000-${String(serial).padStart(12, '0')}`;
  const address = `${full.toLowerCase().replace(/[^a-z]+/g, '.')}@example.org`;
  return { '@type': 'Card', version: '1.0', uid, name: { full }, emails: { e1: { address } }, ...members };
}

async function folderOf(...cards: Card[]): Promise<Side> {
  const side = await start('local');
  await side.fill(cards);
  return side;
}

/** MDaemon has three addresses, whole birthdays, one company, one nickname, one address a kind, and categories without comma. */
const WIDE: readonly Card[] = [
  person('Four Mails', {
    emails: Object.fromEntries(['a', 'b', 'c', 'd'].map((box) => [box, { address: `${box}@four.example` }])),
  }),
  person('No Year', { anniversaries: { b: { kind: 'birth', date: { month: 2, day: 29 } } } }),
  person('Two Jobs', {
    organizations: { o1: { name: 'First Ltd' }, o2: { name: 'Second; & Sons' } },
    titles: { t1: { name: 'Baker', kind: 'title' }, t2: { name: 'Mayor', kind: 'role' } },
  }),
  person('Many Names', {
    nicknames: { n1: { name: 'Mani' }, n2: { name: 'Nam "N" \\ x' } },
    keywords: { 'Press, local': true, Friends: true },
    notes: { n1: { note: 'Line one\nline two' } },
  }),
  person('Well Labelled', {
    emails: {
      e1: { address: 'work@label.example', contexts: { work: true } },
      e2: { address: 'plain@label.example' },
      e3: { address: 'news@label.example', label: 'Newsletter' },
    },
    phones: { p1: { number: '+49 30 2', contexts: { private: true }, label: 'Direct; mornings' } },
    links: { l1: { uri: 'https://label.example/?a=1&b=2', contexts: { private: true }, label: 'Blog' } },
  }),
  person('Fits Well', { phones: { p1: { number: '+49 30 1', contexts: { work: true } } } }),
];

type Losses = Answer['plan']['losses'];
const lossRow = ({ losses }: Answer['plan'], field: string, kind?: string): Losses[number] | undefined =>
  losses.find((row) => row.field === field && (kind === undefined || row.kind === kind));

describe('what does not fit', () => {
  it('is told before anything is written', async () => {
    const [source, target] = [await folderOf(...WIDE), await start('mdaemon')];
    const program = await Program.with({ old: source.profile, new: target.profile });
    const { code, stdout, stderr } = await program.run(['migrate', 'old', 'new', '--dry-run', '--json']);
    expect(code, stderr).toBe(0);
    const { plan } = JSON.parse(stdout) as Answer;
    expect(plan).toMatchObject({ create: WIDE.length, update: 0, failed: 0 });
    expect(lossRow(plan, 'emails', 'dropped')).toMatchObject({
      contacts: 1,
      examples: [{ contact: 'Four Mails', value: 'd@four.example' }],
    });
    expect(lossRow(plan, 'birthday')).toMatchObject({ kind: 'dropped', contacts: 1, examples: [{ value: '--02-29' }] });
    expect(lossRow(plan, 'organizations')).toMatchObject({ kind: 'dropped', contacts: 1 });
    expect(lossRow(plan, 'titles')).toMatchObject({ contacts: 1, examples: [{ contact: 'Two Jobs' }] });
    expect(lossRow(plan, 'nicknames')).toMatchObject({ kind: 'dropped', contacts: 1 });
    expect(lossRow(plan, 'keywords')).toMatchObject({ contacts: 1, examples: [{ value: 'Press, local' }] });
    expect(plan.losses.flatMap((row) => row.examples.map(({ contact }) => contact))).not.toContain('Fits Well');
    expect(stderr).toContain('what will not fit');
    expect(stderr).toContain('d@four.example');
    expect(stderr).toContain('nothing was written (--dry-run)');
    expect(target.gate?.writes()).toBe(0);
    expect(await target.cards()).toEqual([]);
  }, 60_000);

  it('goes into leftovers.vcf, which can be read, and no further', async () => {
    const [source, target] = [await folderOf(...WIDE), await start('mdaemon')];
    const program = await Program.with({ old: source.profile, new: target.profile });
    const answer = await program.migrate(['old', 'new', '--report', 'report']);
    expect(answer.verified).toMatchObject({ contacts: WIDE.length, equal: WIDE.length });
    const read = parseVCards(await readFile(program.path('report', 'leftovers.vcf')), { keepRaw: true });
    const left = new Map(
      read.map((item) => {
        if ('error' in item) throw new Error(item.error);
        const { card } = parseVCard(Buffer.from(item.raw ?? []));
        return [fullName(card), card];
      }),
    );
    expect([...left.keys()].sort()).toEqual(['Four Mails', 'Many Names', 'No Year', 'Two Jobs', 'Well Labelled']);
    expect(emailsOf(left.get('Four Mails')!)).toEqual(['d@four.example']);
    expect(Object.values(left.get('No Year')?.anniversaries ?? {})).toMatchObject([{ date: { month: 2, day: 29 } }]);
    expect(Object.values(left.get('Two Jobs')?.organizations ?? {})).toMatchObject([{ name: 'Second; & Sons' }]);
    expect(Object.keys(left.get('Many Names')?.keywords ?? {})).toEqual(['Press, local']);
    expect(await readdir(program.path('report'))).not.toContain('rejects.vcf');
    // The leftovers are input as any other file.
    const kept = await program.migrate([program.path('report', 'leftovers.vcf'), program.path('kept/')]);
    expect(kept.verified).toMatchObject({ contacts: 5, equal: 5 });
  }, 60_000);

  it('rests in the notes with --overflow notes, and is itself again on the way back', async () => {
    const [source, target] = [await folderOf(...WIDE), await start('mdaemon')];
    const program = await Program.with({ old: source.profile, new: target.profile });
    const there = await program.migrate(['old', 'new', '--overflow', 'notes']);
    expect(there.verified).toMatchObject({ contacts: WIDE.length, equal: WIDE.length });
    const held = (await target.cards()).find((card) => fullName(card) === 'Many Names');
    expect(Object.values(held?.notes ?? {})[0]?.note).toMatch(/^Line one\r?\nline two\n\n-- cardferry: nicknames: \{/);
    target.gate?.reset();
    expect((await program.migrate(['old', 'new', '--overflow', 'notes'])).plan).toMatchObject({
      unchanged: WIDE.length,
    });
    expect(target.gate?.writes()).toBe(0);

    const folder = await start('local');
    const back = await Program.with({ new: target.profile, folder: folder.profile });
    const answer = await back.migrate(['new', 'folder']);
    expect(answer.verified).toMatchObject({ contacts: WIDE.length, equal: WIDE.length });
    const returned = new Map((await folder.cards()).map((card) => [fullName(card), card]));
    for (const card of WIDE) {
      const found = returned.get(fullName(card));
      expect(found === undefined ? 'missing' : diffCards(card, found), fullName(card)).toEqual([]);
      expect(emailsOf(found!)).toEqual(emailsOf(card));
    }
  }, 60_000);
});

describe('a contact that is there and differs', () => {
  const shared = { emails: { e1: { address: 'anna@example.org' } } };
  const ours = person('Anna Berg', { ...shared, titles: { t1: { name: 'Director', kind: 'title' } } });
  const theirs = person('Anna Berg', { ...shared, titles: { t1: { name: 'Trainee', kind: 'title' } } });
  const others = ['Carl', 'Dora', 'Emil'].map((name) => person(name));
  const title = (card: Card): string => `${fullName(card)} ${Object.values(card.titles ?? {})[0]?.name ?? ''}`.trim();

  it.each([
    ['skip', ['Anna Berg Trainee'], { skipped: 1, updated: 0, created: 0 }],
    ['update', ['Anna Berg Director'], { skipped: 0, updated: 1, created: 0 }],
    ['duplicate', ['Anna Berg Director', 'Anna Berg Trainee'], { skipped: 0, updated: 0, created: 1 }],
  ] as const)(
    '--on-conflict %s',
    async (policy, annas, counts) => {
      const [source, target] = [await folderOf(ours), await folderOf(theirs, ...others)];
      const program = await Program.with({ old: source.profile, new: target.profile });
      for (const run of ['first', 'second']) {
        const answer = await program.migrate(['old', 'new', '--on-conflict', policy]);
        const found = (await target.cards()).map(title).sort();
        expect(found, run).toEqual([...annas, 'Carl', 'Dora', 'Emil']);
        const { skipped, updated, created } = answer;
        const got = { skipped: skipped.length, updated: updated.length, created: created.length };
        expect(got, run).toEqual(
          run === 'first' || policy === 'skip' ? counts : { skipped: 0, updated: 0, created: 0 },
        );
      }
    },
    60_000,
  );
});

describe('the brakes', () => {
  async function stopped(program: Program, why: RegExp): Promise<void> {
    const done = await program.run(['migrate', 'old', 'new', '--yes']);
    expect(done.code, textOf(done)).toBe(1);
    expect(done.stderr).toMatch(why);
    expect(done.stderr).toContain('--force');
    expect(done.stdout).toBe('');
  }

  it('stop at an empty source and at one that shrank by more than half', async () => {
    const people = ['Ann', 'Bob', 'Cid', 'Dan', 'Eve'].map((name) => person(name));
    const [source, target] = [await start('local'), await start('local')];
    const program = await Program.with({ old: source.profile, new: target.profile });
    await stopped(program, /old is empty/);
    await source.fill(people);
    await program.migrate(['old', 'new']);
    const before = await target.state();
    const files = (await readdir(source.folder ?? '')).filter((name) => name.endsWith('.vcf'));
    for (const name of files.slice(0, 3)) await rm(join(source.folder ?? '', name));
    await stopped(program, /old shrank from 5 to 2/);
    expect(await target.state()).toEqual(before);
    const forced = await program.migrate(['old', 'new', '--force', '--mirror']);
    expect(forced.deleted).toHaveLength(3);
    expect(await target.cards()).toHaveLength(2);
  }, 60_000);

  it('stop when more than half of the target would be overwritten', async () => {
    const named = (title: string): Card[] =>
      ['Ann', 'Bob', 'Cid'].map((name, at) => ({
        ...person(name, { titles: { t1: { name: title, kind: 'title' } } }),
        uid: `urn:uuid:6c0c1c66-0000-4000-8000-00000000000${String(at)}`,
      }));
    const [source, target] = [await folderOf(...named('new')), await folderOf(...named('old'))];
    const program = await Program.with({ old: source.profile, new: target.profile });
    const before = await target.state();
    await stopped(program, /overwrite 3 of the 3 contacts of new/);
    expect(await target.state()).toEqual(before);
    expect((await program.migrate(['old', 'new', '--force'])).updated).toHaveLength(3);
  }, 60_000);
});

describe('what is chosen', () => {
  it('--mirror takes away what is gone from the source, and nothing else', async () => {
    const people = ['Ann', 'Bob', 'Cid', 'Dan'].map((name) => person(name));
    const [source, target] = [await folderOf(...people), await folderOf(person('Stranger'))];
    const program = await Program.with({ old: source.profile, new: target.profile });
    await program.migrate(['old', 'new', '--mirror']);
    const gone = await fileOf(source, 'Bob');
    await rm(gone);
    expect((await program.migrate(['old', 'new'])).deleted).toEqual([]);
    expect((await program.migrate(['old', 'new', '--mirror'])).deleted).toHaveLength(1);
    expect((await target.cards()).map(fullName).sort()).toEqual(['Ann', 'Cid', 'Dan', 'Stranger']);
  }, 60_000);

  it('--book SRC=DST takes one book into another, which is made', async () => {
    const [source, target] = [await start('carddav'), await start('local')];
    await source.fill([person('Ann'), person('Bob')]);
    await source.fill([person('Cid'), person('Dan'), person('Eve')], [], 'Friends');
    const program = await Program.with({ old: source.profile, new: target.profile });
    const answer = await program.migrate(['old', 'new', '--book', 'Friends=Archive']);
    expect(answer.created).toHaveLength(3);
    const archive = (await readdir(target.folder ?? '', { recursive: true })).filter((name) => name.endsWith('.vcf'));
    expect(archive).toHaveLength(3);
    expect(archive.every((name) => name.startsWith(join('Archive', '/')))).toBe(true);
    expect((await target.cards()).map(fullName).sort()).toEqual(['Cid', 'Dan', 'Eve']);
  }, 60_000);

  it('books that the target cannot make become one', async () => {
    const [source, target] = [await start('carddav'), await start('axigen')];
    await source.fill([person('Ann')]);
    await source.fill([person('Bob')], [], 'Friends');
    const program = await Program.with({ old: source.profile, new: target.profile });
    const answer = await program.migrate(['old', 'new']);
    expect(answer.plan.books).toEqual({
      create: [],
      mapping: [
        { from: 'Contacts', to: 'Axigen Contacts' },
        { from: 'Friends', to: 'Axigen Contacts' },
      ],
    });
    expect((await target.cards()).map(fullName).sort()).toEqual(['Ann', 'Bob']);
    expect(target.gate?.writes()).toBe(2);
    const other = await program.run(['migrate', 'old', 'new', '--yes', '--book', 'Friends=Archive']);
    expect(other.code).toBe(5);
    expect(other.stderr).toContain('axigen cannot make one');
    target.assertClean();
  }, 60_000);

  it('--group takes its members alone', async () => {
    const people = ['Ann', 'Bob', 'Cid'].map((name) => person(name));
    const [source, target] = [await start('local'), await start('mdaemon')];
    const uids = people.slice(0, 2).map(({ uid }) => uid);
    await source.fill(people, [
      { uid: 'urn:uuid:7d0c1c66-0000-4000-8000-000000000001', name: 'Team', memberUids: uids },
      { uid: 'urn:uuid:7d0c1c66-0000-4000-8000-000000000002', name: 'Other', memberUids: people.map(({ uid }) => uid) },
    ]);
    const program = await Program.with({ old: source.profile, new: target.profile });
    const answer = await program.migrate(['old', 'new', '--group', 'Team']);
    expect(answer.verified).toMatchObject({ contacts: 2, equal: 2 });
    const { people: lines, groups } = await target.contents();
    expect(lines).toHaveLength(2);
    expect(Object.keys(groups)).toEqual(['Team']);
    expect(groups['Team']).toHaveLength(2);
    const nobody = await program.run(['migrate', 'old', 'new', '--yes', '--group', 'Taem']);
    expect(nobody.code).toBe(5);
    expect(nobody.stderr).toContain('did you mean "Team"');
  }, 60_000);

  it('a file that holds a broken record is never written over', async () => {
    const source = await folderOf(person('Ann'));
    const program = await Program.with({ old: source.profile });
    const file = program.path('broken.vcf');
    const text = `${cardToVCard(person('Bob'), { version: '4.0', carry: true })}BEGIN:VCARD\r\nVERSION:4.0\r\nnothing\r\nEND:VCARD\r\n`;
    await writeFile(file, text);
    const done = await program.run(['migrate', 'old', file, '--yes']);
    expect(done.code, textOf(done)).toBe(1);
    expect(done.stderr).toContain('cannot be read and would be lost');
    expect(await readFile(file, 'utf8')).toBe(text);
  }, 60_000);
});

async function fileOf(side: Side, name: string): Promise<string> {
  const folder = side.folder ?? '';
  for (const entry of await readdir(folder)) {
    if (entry.endsWith('.vcf') && (await readFile(join(folder, entry), 'utf8')).includes(`FN:${name}`))
      return join(folder, entry);
  }
  throw new Error(`no file of ${name}`);
}
