/** What changed in the folder since a token: by the content of the files, so that touched files are no changes. */
import { join } from 'node:path';
import type { ContactRecord } from '../../model/card.js';
import { NotFound } from '../../model/errors.js';
import { printable } from '../../model/text.js';
import type { Changes } from '../types.js';
import type { LocalBook } from './books.js';
import { compareToken, makeToken } from './token.js';
import type { Vdir } from './vdir.js';

interface Place {
  book: LocalBook;
  name: string;
  index: number;
}

interface Seen {
  state: Map<string, string>;
  places: Map<string, Place>;
}

function keyOf(folder: string, name: string, index: number): string {
  return index === 0 ? `${folder}/${name}` : `${folder}/${name}\t${index}`;
}

function placeOf(key: string): { folder: string; name: string; index: number } {
  const slash = key.indexOf('/');
  const [, name = '', index = '0'] = /^([^]*?)(?:\t(\d+))?$/.exec(key.slice(slash + 1)) ?? [];
  return { folder: key.slice(0, slash), name, index: Number(index) };
}

/** Stamps of all contacts. A file that cannot be read just now is there all the same: its contact was not removed. */
async function look(vdir: Vdir, books: readonly LocalBook[]): Promise<Seen> {
  const seen: Seen = { state: new Map(), places: new Map() };
  for await (const { book, name, etag, cards, broken } of vdir.files(books)) {
    if (broken !== undefined) seen.state.set(keyOf(book.folder, name, 0), etag);
    for (const [index, card] of cards.entries()) {
      if (card.group) continue;
      const key = keyOf(book.folder, name, index);
      seen.state.set(key, etag);
      seen.places.set(key, { book, name, index });
    }
  }
  return seen;
}

async function recordsOf(vdir: Vdir, seen: Seen, keys: readonly string[]): Promise<ContactRecord[]> {
  const records: ContactRecord[] = [];
  for (const key of keys) {
    const place = seen.places.get(key);
    if (!place) continue;
    const file = await vdir.load(place.book, place.name).catch((error: unknown) => {
      if (error instanceof NotFound) return undefined;
      throw error;
    });
    const record = file?.cards[place.index]?.record;
    if (record) records.push(record);
  }
  return records;
}

export async function currentToken(vdir: Vdir, books: readonly LocalBook[]): Promise<string> {
  return makeToken((await look(vdir, books)).state);
}

/** @throws NotFound when the folder is gone although the token knows contacts in it (a disk that is not mounted) */
export async function changesSince(
  vdir: Vdir,
  token: string | undefined,
  books: readonly LocalBook[],
): Promise<Changes> {
  const seen = await look(vdir, books);
  const next = makeToken(seen.state);
  if (token !== undefined && (await vdir.books.base()) === undefined && token !== next) {
    throw new NotFound(`${printable(vdir.books.root)} is not there`, {
      hint: 'is the disk mounted? no contact was taken for removed',
    });
  }
  const folders = new Set(books.map((book) => book.folder));
  const all: readonly LocalBook[] = await vdir.books.all();
  // A book that is gone altogether takes its contacts with it.
  const inScope = (key: string): boolean => {
    const { folder } = placeOf(key);
    return folders.has(folder) || !all.some((book) => book.folder === folder);
  };
  const difference = token === undefined ? undefined : compareToken(token, seen.state, inScope);
  if (!difference) {
    const created = await recordsOf(vdir, seen, [...seen.places.keys()]);
    return { created, updated: [], removed: [], token: next, ...(token === undefined ? {} : { reset: true }) };
  }
  return {
    created: await recordsOf(vdir, seen, difference.created),
    updated: await recordsOf(vdir, seen, difference.updated),
    removed: difference.removed.map((key) => {
      const { folder, name, index } = placeOf(key);
      return vdir.idOf(all.find((book) => book.folder === folder) ?? goneBook(vdir, folder), name, index);
    }),
    token: next,
  };
}

function goneBook(vdir: Vdir, folder: string): LocalBook {
  return { id: folder, name: folder, isDefault: false, readOnly: true, folder, path: join(vdir.books.root, folder) };
}
