/** Common contacts: addresses that the user often writes to, on the servers that keep them. */
import type { ContactRecord, FrequentContact } from '../model/card.js';
import { InputError, NotFound } from '../model/errors.js';
import { displayName, emailsOf } from '../model/view.js';
import type { FrequentAbility } from '../providers/types.js';
import { requireAbility } from './abilities.js';
import type { Connection } from './types.js';
import { missing } from './writecommon.js';

/** One entry as `frequent list --json` shows it and `frequent set --from` reads it. */
export interface FrequentJson {
  name: string;
  email: string;
  used: number;
  /** Date and time in UTC (RFC 3339). */
  lastUsed: string;
  /** The contact's id. */
  id?: string;
}

/** @throws Unsupported "NAME has no common contacts" before any request */
export function listFrequent(connection: Connection): Promise<FrequentContact[]> {
  requireAbility(connection, 'frequent');
  const ability: FrequentAbility = connection.provider.frequent ?? missing('keep common contacts');
  return ability.list();
}

export function frequentJson({ name, email, used, lastUsed, contactId }: FrequentContact): FrequentJson {
  const time = new Date(lastUsed);
  const iso = Number.isNaN(time.getTime()) ? new Date(0).toISOString() : time.toISOString();
  return { name, email, used, lastUsed: iso, ...(contactId === undefined ? {} : { id: contactId }) };
}

/** Most used first, then the one used last. */
export function byUse(list: readonly FrequentContact[]): FrequentContact[] {
  return [...list].sort((a, b) => b.used - a.used || b.lastUsed - a.lastUsed);
}

/** The same addresses with the same counts, in whatever order. */
export function sameFrequent(a: readonly FrequentContact[], b: readonly FrequentContact[]): boolean {
  const lines = (list: readonly FrequentContact[]): string =>
    JSON.stringify(list.map((entry) => JSON.stringify(frequentJson(entry))).sort());
  return lines(a) === lines(b);
}

/**
 * The list for these contacts: what is known of their use stays, a new one counts as used once, now.
 * @throws NotFound when one has no e-mail address
 */
export function frequentOf(
  records: readonly ContactRecord[],
  before: readonly FrequentContact[],
  now: number,
): FrequentContact[] {
  return records.map((record) => {
    const addresses = emailsOf(record.card);
    const name = displayName(record.card);
    const known = before.find((entry) => addresses.some((email) => email.toLowerCase() === entry.email.toLowerCase()));
    if (known !== undefined) return known;
    const [email] = addresses;
    if (email === undefined) throw new NotFound(`${name || record.id} has no e-mail address`, { contact: record.id });
    return { name, email, lastUsed: now, used: 1, contactId: record.id };
  });
}

/** The text of `frequent list --json`. @throws InputError naming the entry and the member */
export function parseFrequent(text: string, now: number): FrequentContact[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new InputError('the list of common contacts is no JSON', {
      cause,
      hint: 'see cardferry frequent list --json',
    });
  }
  if (!Array.isArray(value)) throw new InputError('the list of common contacts is no JSON array');
  return value.map((entry: unknown, index) => parseEntry(entry, `entry ${index + 1}`, now));
}

function parseEntry(entry: unknown, where: string, now: number): FrequentContact {
  if (typeof entry !== 'object' || entry === null) throw new InputError(`${where} is no object`);
  const given = new Map<string, unknown>(Object.entries(entry));
  const textOf = (key: string): string => {
    const value = given.get(key) ?? '';
    if (typeof value === 'string') return value;
    throw new InputError(`${where}: ${key} must be a text`);
  };
  const email = textOf('email').trim();
  if (email === '') throw new InputError(`${where}: email is missing`);
  const used = given.get('used') ?? 1;
  if (typeof used !== 'number' || !Number.isInteger(used) || used < 0) {
    throw new InputError(`${where}: used must be a whole number`);
  }
  const lastUsed = textOf('lastUsed') === '' ? now : Date.parse(textOf('lastUsed'));
  if (Number.isNaN(lastUsed)) throw new InputError(`${where}: lastUsed must be a date such as 2026-05-06T10:00:00Z`);
  const id = textOf('id');
  return { name: textOf('name'), email, used, lastUsed, ...(id === '' ? {} : { contactId: id }) };
}
