/** The sides of a migration as tests need them: started, filled with people, and read back by the driver, not the program. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cardToVCard } from '../../src/formats/vcard/index.js';
import type { Card } from '../../src/model/card.js';
import { emailsOf, fullName, keywordsOf, parseDataUri, phonesOf, photoOf } from '../../src/model/view.js';
import { axigen } from '../../src/providers/axigen/index.js';
import { carddav } from '../../src/providers/carddav.js';
import { local } from '../../src/providers/local.js';
import { mdaemon } from '../../src/providers/mdaemon/index.js';
import type { Provider, ProviderDefinition } from '../../src/providers/types.js';
import { startAxigen } from '../fakes/axigen.js';
import { startDav } from '../fakes/dav.js';
import { startMdaemon } from '../fakes/mdaemon.js';
import { groupCard, type PeopleGroup } from '../fakes/people.js';
import type { SavedProfile } from './program.js';
import { testContext } from '../support/context.js';
import { openGate, type Gate } from './gate.js';

export type Kind = 'local' | 'carddav' | 'axigen' | 'mdaemon';
export const KINDS: readonly Kind[] = ['local', 'carddav', 'axigen', 'mdaemon'];

/** What a side holds, in a form that all kinds can keep: one line a contact, and the members of each group. */
export interface Contents {
  people: string[];
  groups: Record<string, string[]>;
}

export interface Side {
  kind: Kind;
  profile: SavedProfile;
  /** In front of the server; a folder has none. */
  gate: Gate | undefined;
  /** Of a folder. */
  folder: string | undefined;
  /** `book`: name of another book than the default one. */
  fill(cards: readonly Card[], groups?: readonly PeopleGroup[], book?: string): Promise<void>;
  cards(): Promise<Card[]>;
  contents(): Promise<Contents>;
  /** Files of a folder with their times: unchanged when nothing was written. Empty for servers. */
  state(): Promise<string[]>;
  /** @throws when the stand-in was asked for something undocumented */
  assertClean(): void;
  close(): Promise<void>;
}

interface Server {
  url: string;
  user: string;
  password: string;
  assertClean(): void;
  close(): Promise<void>;
  /** For servers whose driver has no groups of their own: a group card of another program. */
  addGroup?(group: PeopleGroup): void;
}

/** Small pages: reading some dozens of contacts takes several requests. */
export const MDAEMON_PAGE = 25;

async function startServer(kind: Exclude<Kind, 'local'>): Promise<Server> {
  if (kind === 'carddav') return startDav({ quirks: 'radicale' });
  if (kind === 'mdaemon') return startMdaemon({ pageSize: MDAEMON_PAGE, maxPageSize: MDAEMON_PAGE });
  const fake = await startAxigen();
  return {
    ...fake,
    addGroup: (group) => void fake.add(cardToVCard(groupCard(group), { version: '3.0', carry: true })),
  };
}

const DEFINITIONS: Record<Kind, ProviderDefinition> = { local, carddav, axigen, mdaemon };

export async function openSide(kind: Kind): Promise<Side> {
  if (kind === 'local') {
    const folder = await mkdtemp(join(tmpdir(), 'cardferry-vdir-'));
    const profile = { provider: kind, options: { path: folder } };
    const close = (): Promise<void> => rm(folder, { recursive: true, force: true });
    return side({ kind, profile, direct: profile, gate: undefined, folder, assertClean: () => undefined, close });
  }
  const server = await startServer(kind);
  const gate = await openGate(server.url);
  const { user, password } = server;
  const profile = { provider: kind, url: gate.url, user, password };
  return side({
    kind,
    profile,
    direct: { ...profile, url: server.url },
    gate,
    folder: undefined,
    assertClean: () => server.assertClean(),
    close: async () => void (await Promise.all([gate.close(), server.close()])),
    ...(server.addGroup === undefined ? {} : { addGroup: server.addGroup }),
  });
}

interface Parts extends Omit<Side, 'fill' | 'cards' | 'contents' | 'state'> {
  /** Past the gate. */
  direct: SavedProfile;
  addGroup?: ((group: PeopleGroup) => void) | undefined;
}

function side({ direct, addGroup, ...rest }: Parts): Side {
  const withProvider = async <T>(work: (provider: Provider) => Promise<T>): Promise<T> => {
    const provider = await DEFINITIONS[rest.kind].open(testContext(direct));
    try {
      return await work(provider);
    } finally {
      await provider.close();
    }
  };
  return {
    ...rest,
    fill: (cards, groups = [], book) =>
      withProvider(async (provider) => {
        const bookId = book === undefined ? undefined : await idOf(provider, book);
        await fill(provider, cards, { groups, bookId, addGroup });
      }),
    cards: () => withProvider(async (provider) => (await listed(provider)).map(([, card]) => card)),
    contents: () => withProvider(contentsOf),
    state: () => (rest.folder === undefined ? Promise.resolve([]) : filesOf(rest.folder)),
  };
}

async function idOf(provider: Provider, name: string): Promise<string> {
  const book = (await provider.books()).find((candidate) => candidate.name === name);
  if (book === undefined) throw new Error(`there is no book ${name}`);
  return book.id;
}

async function filesOf(folder: string): Promise<string[]> {
  const names = await readdir(folder, { recursive: true });
  const infos = await Promise.all(
    names.map(async (name) => {
      const { mtimeNs, ino } = await stat(join(folder, name), { bigint: true });
      return `${name} ${String(ino)} ${String(mtimeNs)}`;
    }),
  );
  return infos.sort();
}

interface Filling {
  groups: readonly PeopleGroup[];
  bookId: string | undefined;
  addGroup: Parts['addGroup'];
}

async function fill(provider: Provider, cards: readonly Card[], { groups, bookId, addGroup }: Filling): Promise<void> {
  const ids = new Map<string, string>();
  for (const card of cards) {
    const made = await provider.create?.({ card, ...(bookId === undefined ? {} : { bookId }) });
    if (made === undefined) throw new Error(`${provider.definition.name} cannot create`);
    ids.set(card.uid, made.id);
  }
  for (const group of groups) {
    if (addGroup !== undefined) addGroup(group);
    else
      await provider.groups?.create(
        group.name,
        group.memberUids.map((uid) => ids.get(uid) ?? ''),
      );
  }
}

async function listed(provider: Provider): Promise<[id: string, card: Card][]> {
  const found: [string, Card][] = [];
  for await (const { id, card } of provider.list({ media: true })) found.push([id, card]);
  return found;
}

async function contentsOf(provider: Provider): Promise<Contents> {
  const cards = await listed(provider);
  const lines = new Map(cards.map(([id, card]) => [id, lineOf(card)]));
  const groups: Record<string, string[]> = {};
  if (provider.groups === undefined) {
    for (const [, card] of cards) for (const word of keywordsOf(card)) (groups[word] ??= []).push(lineOf(card));
  } else {
    for (const group of await provider.groups.list())
      groups[group.name] = group.memberIds.map((id) => lines.get(id) ?? `nobody: ${id}`);
  }
  for (const members of Object.values(groups)) members.sort();
  return { people: [...lines.values()].sort(), groups };
}

/** Three addresses and a whole birthday are what every kind keeps; the notes with their white space folded. */
export function lineOf(card: Card): string {
  const birth = Object.values(card.anniversaries ?? {}).find(({ kind }) => kind === 'birth')?.date;
  const whole = birth !== undefined && 'year' in birth && birth.year !== undefined && birth.day !== undefined;
  const picture = parseDataUri(photoOf(card)?.resource.uri ?? '');
  const notes = Object.values(card.notes ?? {}).map(({ note }) => note);
  return [
    fullName(card),
    emailsOf(card).slice(0, 3).join(','),
    phonesOf(card)
      .map((number) => number.replace(/\D/g, ''))
      .sort()
      .join(','),
    whole ? `${String(birth.year)}-${String(birth.month)}-${String(birth.day)}` : '',
    picture === undefined ? '' : digest(picture.bytes),
    notes.length === 0 ? '' : digest(notes.join(' ').replace(/\s+/g, ' ').trim()),
  ].join(' | ');
}

function digest(value: string | Uint8Array): string {
  return createHash('sha256').update(value).digest('hex').slice(0, 8);
}
