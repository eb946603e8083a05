/** Sorting, and the server's own vCard and CSV files, as the stand-in has them. */
import { Failure } from './bodies.js';
import type { Params } from './routes.js';
import { text } from './state.js';
import type { FakeContact, FakeMember } from './state.js';
import { Undocumented } from './wire.js';

const COLUMNS: Record<string, (contact: FakeContact) => string> = {
  name: (contact) => text(contact, 'name'),
  last_name: (contact) => text(contact, 'name_details.last_name') || text(contact, 'name'),
  email: (contact) => text(contact, 'emails.email'),
  company: (contact) => text(contact, 'company'),
  notes: (contact) => text(contact, 'notes'),
};

const compare = (a: string, b: string): number => (a === b ? 0 : a === '' ? 1 : b === '' ? -1 : a < b ? -1 : 1);

function ascending(params: Params): boolean {
  const value = params['sort_ascending'];
  if (value !== undefined && value !== 'true' && value !== 'false')
    throw new Failure('InvalidParameter', 'sort_ascending');
  return value !== 'false';
}

/** "To change the sort order and sort column": both parameters and `page`. */
export function sorted(contacts: readonly FakeContact[], params: Params): readonly FakeContact[] {
  const [column, direction] = [params['sort_column'], params['sort_ascending']];
  if (column === undefined && direction === undefined) return contacts;
  if (column === undefined || direction === undefined || params['page'] === undefined)
    throw new Undocumented('sort_column, sort_ascending and page go together');
  const key = Object.hasOwn(COLUMNS, column) ? COLUMNS[column] : undefined;
  if (key === undefined) throw new Failure('InvalidParameter', 'sort_column');
  const sign = ascending(params) ? 1 : -1;
  return [...contacts].sort((a, b) => sign * compare(key(a).toLowerCase(), key(b).toLowerCase()));
}

/** "Sort Group Members": last_name, name or email; either parameter or both. */
export function sortedMembers(
  group: FakeContact | undefined,
  params: Params,
  lastName: (guid: string) => string,
): Record<string, unknown> {
  const column = params['sort_column'] ?? 'name';
  if (params['sort_column'] === undefined && params['sort_ascending'] === undefined)
    throw new Undocumented('sortGroup without an order');
  const keys: Record<string, (member: FakeMember) => string> = {
    name: ({ name }) => name,
    email: ({ email }) => email,
    last_name: ({ guid, name }) => lastName(guid) || name,
  };
  const key = Object.hasOwn(keys, column) ? keys[column] : undefined;
  if (key === undefined) throw new Failure('InvalidParameter', 'sort_column');
  const up = ascending(params);
  const answer = { success: true, sort_column: column, sort_ascending: up };
  if (group === undefined) return answer;
  const members = [...group.members].sort((a, b) => (up ? 1 : -1) * compare(key(a), key(b)));
  return { ...answer, members };
}

/** "notes_html … appears in X-ALT-NOTE field of vCard". Without a line break at the end, as some servers do. */
export function vcardOf(contact: FakeContact): Buffer {
  const lines = ['BEGIN:VCARD', 'VERSION:3.0', `UID:${contact.id}`, `FN:${text(contact, 'name')}`];
  const html = text(contact, 'notes_html');
  if (html !== '') lines.push(`X-ALT-NOTE:${html}`);
  return Buffer.from([...lines, 'END:VCARD'].join('\r\n'));
}

export function csvOf(contacts: readonly FakeContact[], groups: boolean): Buffer {
  const rows = contacts.filter((contact) => contact.group === groups);
  const cell = (value: string): string => `"${value.replaceAll('"', '""')}"`;
  const head = groups ? 'GROUPS' : 'Title,First Name,Last Name,E-mail Address';
  const line = (contact: FakeContact): string =>
    groups
      ? [text(contact, 'name'), ...contact.members.map(({ email }) => email)].map(cell).join(',')
      : ['name_details.title', 'name_details.first_name', 'name_details.last_name', 'emails.email']
          .map((path) => cell(text(contact, path)))
          .join(',');
  return Buffer.from([head, ...rows.map(line), ''].join('\r\n'));
}
