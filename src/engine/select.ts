/** Contacts by selector: id, unique prefix of an id, `email:`, `uid:`, `name:`. */
import type { ContactRecord } from '../model/card.js';
import { NotFound, Refused, UsageError } from '../model/errors.js';
import { foldText, uidKey } from '../model/normalize.js';
import { displayName, emailsOf, fullName } from '../model/view.js';
import type { Connection } from './types.js';

/** Shortest prefix of an id that may stand for it. */
const SHORTEST = 4;
/** How many of several fitting contacts an error names. */
const NAMED = 10;

interface Wanted {
  selector: string;
  test(record: ContactRecord): boolean;
  /** Selects by id or its prefix; an exact id wins over a longer one. */
  id?: string;
  found: ContactRecord[];
}

const unquoted = (text: string): string => /^"(.*)"$/s.exec(text)?.[1] ?? text;

function wantedOf(selector: string): Wanted {
  const [, kind, value] = /^(email|uid|name):(.*)$/s.exec(selector) ?? [];
  const found: ContactRecord[] = [];
  if (kind === undefined || value === undefined) {
    const test = (record: ContactRecord): boolean =>
      record.id === selector || (selector.length >= SHORTEST && record.id.startsWith(selector));
    return { selector, id: selector, test, found };
  }
  const wanted = unquoted(value.trim());
  if (wanted === '') throw new UsageError(`the selector "${selector}" names nothing`, { hint: `write ${kind}:VALUE` });
  if (kind === 'email') {
    const address = wanted.toLowerCase();
    return {
      selector,
      found,
      test: (record) => emailsOf(record.card).some((email) => email.toLowerCase() === address),
    };
  }
  if (kind === 'uid') {
    const key = uidKey(wanted);
    return { selector, found, test: (record) => uidKey(record.card.uid) === key };
  }
  const name = foldText(wanted);
  return {
    selector,
    found,
    test: (record) => foldText(fullName(record.card)) === name || foldText(displayName(record.card)) === name,
  };
}

/**
 * The contacts, whole, in the order of the selectors and each once. A single id costs one request; anything else lists
 * once for all selectors and gets each contact that was found.
 *
 * @throws NotFound when a selector fits none; UsageError when it fits several (lists up to ten) or is no selector
 */
export async function selectContacts(
  connection: Connection,
  selectors: readonly string[],
  bookIds?: readonly string[],
): Promise<ContactRecord[]> {
  const wanted = [...new Set(selectors)].map(wantedOf);
  await Promise.all(wanted.slice(0, 50).map((one) => getDirectly(connection, one)));
  const open = wanted.filter((one) => one.found.length === 0);
  if (open.length > 0) await searchList(connection, open, bookIds);
  const records = new Map<string, ContactRecord>();
  for (const one of wanted) {
    const record = only(connection, one);
    if (!records.has(record.id)) records.set(record.id, record);
  }
  const listed = new Set(open.map((one) => one.found[0]?.id));
  return Promise.all(
    [...records.values()].map(async (record) => (listed.has(record.id) ? connection.provider.get(record.id) : record)),
  );
}

async function getDirectly(connection: Connection, one: Wanted): Promise<void> {
  if (one.id === undefined) return;
  try {
    one.found.push(await connection.provider.get(one.id));
  } catch (error) {
    if (!(error instanceof NotFound || error instanceof Refused)) throw error;
  }
}

async function searchList(
  connection: Connection,
  wanted: readonly Wanted[],
  bookIds: readonly string[] | undefined,
): Promise<void> {
  const query = bookIds === undefined ? {} : { bookIds };
  for await (const record of connection.provider.list(query)) {
    for (const one of wanted) {
      if (one.found.length <= NAMED && one.test(record)) one.found.push(record);
    }
  }
}

function only(connection: Connection, one: Wanted): ContactRecord {
  const exact = one.found.find((record) => record.id === one.id);
  if (exact !== undefined) return exact;
  const [record] = one.found;
  if (record === undefined) throw none(connection, one);
  if (one.found.length === 1) return record;
  const list = one.found.slice(0, NAMED).map((found) => `${found.id} (${displayName(found.card) || 'no name'})`);
  throw new UsageError(`"${one.selector}" fits several contacts`, {
    profile: connection.name,
    why: `${list.join(', ')}${one.found.length > NAMED ? ', …' : ''}`,
    hint: 'name one by its id',
  });
}

function none(connection: Connection, one: Wanted): NotFound {
  const short = one.id !== undefined && one.id.length < SHORTEST;
  return new NotFound(`no contact "${one.selector}"`, {
    profile: connection.name,
    contact: one.selector,
    hint: short
      ? `the beginning of an id needs ${SHORTEST} characters or more`
      : 'find it with cardferry search, or name it by email:ADDRESS, uid:UID or name:"FULL NAME"',
  });
}
