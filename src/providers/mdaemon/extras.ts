/** Companies, common contacts, out of office, all pictures, and the server's own exports (vendor page "Contacts"). */
import { asArray, asObject, asString, member } from '../../http/check.js';
import type { FrequentContact, Photo } from '../../model/card.js';
import { NotFound, ProtocolError } from '../../model/errors.js';
import type { Company, CompanyAbility, FrequentAbility, OwnExports } from '../types.js';
import { pathOf } from './api.js';
import type { Api } from './api.js';
import { PERSONAL } from './folders.js';
import type { Folders } from './folders.js';
import { isTrue, photoFrom, scalar } from './map.js';
import type { Reader } from './read.js';

/** The members of an object that is a list by name: `{Name: {name, …}}`. */
function named(answer: Record<string, unknown>, key: string, what: string): Record<string, unknown>[] {
  const rows = asObject(member(answer, key), `${what}: ${key}`);
  return Object.entries(rows).map(([name, row]) => {
    const where = `${what}: ${key}`;
    const found = asObject(row, where);
    return { ...found, name: scalar(found, 'name', where) || name };
  });
}

export function companyAbility(api: Api, folders: Folders): CompanyAbility {
  const ask = async (folder: string, query: Record<string, string>, what: string, ...path: string[]) =>
    api.object({ method: 'GET', path: pathOf('contacts', folder, ...path), query, repeat: 'safe', what });
  const inAll = async <T>(bookIds: readonly string[] | undefined, read: (folder: string) => Promise<T>): Promise<T[]> =>
    Promise.all((bookIds ?? (await folders.own())).map(read));
  /** A company that one folder does not know may be in another. @throws NotFound when none knows it */
  const inSome = async (bookIds: readonly string[] | undefined, read: (folder: string) => Promise<string[]>) => {
    let unknown: NotFound | undefined;
    const found = await inAll(bookIds, async (folder) => {
      try {
        return await read(folder);
      } catch (error) {
        if (!(error instanceof NotFound)) throw error;
        unknown = error;
        return undefined;
      }
    });
    if (unknown !== undefined && found.every((names) => names === undefined)) throw unknown;
    return found.flatMap((names) => names ?? []);
  };
  return {
    async list(bookIds) {
      const what = 'list companies';
      const lists = await inAll(bookIds, async (folder) =>
        named(await ask(folder, {}, what, 'companies'), 'companies', what),
      );
      const companies = new Map<string, Company>();
      for (const row of lists.flat()) {
        const name = scalar(row, 'name', what);
        const hasDepartments = isTrue(member(row, 'has_departments')) || companies.get(name)?.hasDepartments === true;
        companies.set(name, { name, hasDepartments });
      }
      return [...companies.values()];
    },
    async departments(company, bookIds) {
      const what = `list the departments of "${company}"`;
      const names = await inSome(bookIds, async (folder) => {
        const answer = await ask(folder, { company }, what, 'departments');
        return named(answer, 'departments', what).map((row) => scalar(row, 'name', what));
      });
      return [...new Set(names)];
    },
    async contacts(company, department, bookIds) {
      const what = `list the contacts of "${company}"`;
      return inSome(bookIds, async (folder) => {
        const answer = await ask(folder, { company, department }, what, 'departments', 'contacts');
        // The list is called `departments` here as well.
        const rows = asArray(member(answer, 'departments'), `${what}: departments`);
        return rows.map((row, index) => scalar(asObject(row, `${what}: departments[${index}]`), 'name', what));
      });
    },
  };
}

/** `[name, email, {date, used, guid}]`, date in "UTC time in milliseconds". */
function parseCommon(value: unknown, where: string): FrequentContact {
  const [name = '', email, facts] = asArray(value, where);
  const about = facts === undefined || facts === null ? {} : asObject(facts, `${where}[2]`);
  const number = (key: string): number => {
    const found = Number(scalar(about, key, where) || 0);
    if (!Number.isFinite(found)) throw new ProtocolError(`answer of ${where}: ${key} must be a number`);
    return found;
  };
  const contactId = scalar(about, 'guid', where);
  return {
    name: name === null ? '' : asString(name, `${where}[0]`),
    email: asString(email, `${where}[1]`),
    lastUsed: number('date'),
    used: number('used'),
    ...(contactId === '' ? {} : { contactId }),
  };
}

export function frequentAbility(api: Api): FrequentAbility {
  const path = pathOf('contacts', PERSONAL, 'common');
  return {
    async list() {
      const what = 'list common contacts';
      const answer = await api.object({ method: 'GET', path, repeat: 'safe', what });
      const rows = asArray(member(answer, 'common_contacts'), `${what}: common_contacts`);
      return rows.map((row, index) => parseCommon(row, `${what}: common_contacts[${index}]`));
    },
    async set(list) {
      const rows = list.map(({ name, email, lastUsed, used, contactId }) => [
        name,
        email,
        { date: lastUsed, used, guid: contactId ?? '' },
      ]);
      const json = { common_contacts: rows };
      await api.write({ method: 'PUT', path, json, repeat: 'idempotent', what: 'set common contacts' });
    },
  };
}

/** "must be from the same domain as user logged in": for others the server has no answer. @throws NotFound */
export async function isAway(api: Api, contact: string): Promise<boolean> {
  const what = `ask whether ${contact} is out of office`;
  const path = 'contacts/is_autoresponder_enabled';
  const answer = await api.object({ method: 'GET', path, query: { contact }, repeat: 'safe', what });
  return isTrue(member(answer, 'autoresponder_enabled'));
}

/** "Get the contacts' pictures": all of them, as no address is named. */
export async function allPictures(api: Api): Promise<Map<string, Photo>> {
  const what = 'read all pictures';
  const answer = await api.object({ method: 'GET', path: 'contacts/pictures', repeat: 'safe', what });
  const photos = new Map<string, Photo>();
  for (const [index, item] of asArray(member(answer, 'contacts'), `${what}: contacts`).entries()) {
    const where = `${what}: contacts[${index}]`;
    const row = asObject(item, where);
    const photo = photoFrom(scalar(row, 'picture', where));
    const id = scalar(row, 'id', where);
    if (photo !== undefined && id !== '') photos.set(id, photo);
  }
  return photos;
}

export function ownExports(api: Api, folders: Folders, reader: Reader): OwnExports {
  const download = async (path: string, what: string, looksRight: (head: string) => boolean, query?: { groups: 1 }) => {
    const bytes = await api.bytes({ method: 'GET', path, repeat: 'safe', what, ...(query && { query }) });
    const head = new TextDecoder().decode(bytes.subarray(0, 200)).trimStart();
    if (looksRight(head)) return bytes;
    throw new ProtocolError(`answer of ${what} is no such file`);
  };
  return {
    async book(format, bookId) {
      const path = pathOf('contacts', bookId ?? (await folders.forWriting()), 'export', 'contacts.csv');
      const query = format === 'groups' ? ({ groups: 1 } as const) : undefined;
      return download(path, 'export the address book', (head) => !/^(<|\{"error")/i.test(head), query);
    },
    async contact({ id, bookIds }) {
      const path = pathOf('contacts', bookIds[0] ?? (await reader.folderOf(id)), 'contact', id, 'vcard');
      return download(path, 'export the contact', (head) => /^BEGIN:VCARD/i.test(head));
    },
  };
}
