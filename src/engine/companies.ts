/** Companies and departments: as the server lists them, else as the organizations of the contacts say. */
import type { Card, ContactRecord, Organization } from '../model/card.js';
import { NotFound } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import { foldText } from '../model/normalize.js';
import type { Company } from '../providers/types.js';
import type { Connection } from './types.js';

/** Where contacts are that have a company and no department. The name is MDaemon's. */
export const UNCATEGORIZED = 'Uncategorized';

const inOrder = (a: string, b: string): number => (foldText(a) < foldText(b) ? -1 : 1);

/** Company and department of each organization of a card. */
function placesOf(card: Card): [company: string, department: string][] {
  return Object.values(card.organizations ?? {}).flatMap((entry: Organization) => {
    const name = typeof entry.name === 'string' ? entry.name.trim() : '';
    const units = (Array.isArray(entry.units) ? entry.units : [])
      .map((unit) => (typeof unit.name === 'string' ? unit.name.trim() : ''))
      .filter((unit) => unit !== '');
    return name === '' ? [] : [[name, units.join(', ') || UNCATEGORIZED]];
  });
}

/** Departments by company, from all contacts. */
async function census({ provider }: Connection, bookIds?: readonly string[]): Promise<Map<string, Set<string>>> {
  const companies = new Map<string, Set<string>>();
  for await (const { card } of provider.list(bookIds === undefined ? {} : { bookIds })) {
    for (const [company, department] of placesOf(card)) {
      const departments = companies.get(company);
      if (departments === undefined) companies.set(company, new Set([department]));
      else departments.add(department);
    }
  }
  return companies;
}

/** All companies in alphabetical order. */
export async function listCompanies(connection: Connection, bookIds?: readonly string[]): Promise<Company[]> {
  const own = connection.provider.companies;
  const companies =
    own === undefined
      ? [...(await census(connection, bookIds))].map(([name, departments]) => ({
          name,
          hasDepartments: [...departments].some((department) => department !== UNCATEGORIZED),
        }))
      : await own.list(bookIds);
  return companies.sort((a, b) => inOrder(a.name, b.name));
}

function unknown(connection: Connection, wanted: string, names: readonly string[]): NotFound {
  const near = nearest(wanted, names);
  return new NotFound(`no company "${wanted}"`, {
    profile: connection.name,
    hint: near === undefined ? 'cardferry company list shows the companies' : `did you mean "${near}"?`,
  });
}

/** The name that a company really has: written differently in case or accents it is found as well. */
function sameName(names: readonly string[], wanted: string): string | undefined {
  const folded = foldText(wanted);
  return names.find((name) => name === wanted) ?? names.find((name) => foldText(name) === folded);
}

/** Asks the server for the company as it was given, then as it is really called. @throws NotFound with the nearest name */
async function asked<T>(
  connection: Connection,
  company: string,
  bookIds: readonly string[] | undefined,
  ask: (company: string) => Promise<T>,
): Promise<T> {
  try {
    return await ask(company);
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
    const names = (await listCompanies(connection, bookIds)).map(({ name }) => name);
    const name = sameName(names, company);
    if (name === company) throw error;
    if (name === undefined) throw unknown(connection, company, names);
    return ask(name);
  }
}

/** Departments of a company, in alphabetical order. @throws NotFound with the nearest name */
export async function listDepartments(
  connection: Connection,
  company: string,
  bookIds?: readonly string[],
): Promise<string[]> {
  const own = connection.provider.companies;
  if (own !== undefined) {
    return (await asked(connection, company, bookIds, (name) => own.departments(name, bookIds))).sort(inOrder);
  }
  const companies = await census(connection, bookIds);
  const name = sameName([...companies.keys()], company);
  if (name === undefined) throw unknown(connection, company, [...companies.keys()]);
  return [...(companies.get(name) ?? [])].sort(inOrder);
}

/**
 * The contacts of a company, or of one department of it. The server says who is in a department; the contacts come from
 * its search for the company, and from the whole list where that misses one.
 * @throws NotFound when there is no such company
 */
export async function companyContacts(
  connection: Connection,
  company: string,
  department: string | undefined,
  bookIds?: readonly string[],
): Promise<ContactRecord[]> {
  const { provider } = connection;
  const own = provider.companies;
  const names =
    own === undefined || department === undefined
      ? undefined
      : await asked(connection, company, bookIds, (name) => own.contacts(name, department, bookIds));
  const query = bookIds === undefined ? {} : { bookIds };
  const test = (card: Card): boolean => isIn(card, company, department);
  if (provider.search !== undefined && provider.searchCovers?.includes('organizations') === true) {
    const found = await matching(provider.search(company.split(/\s+/), query), test);
    if (found.length >= Math.max(1, names?.length ?? 1)) return found;
  }
  const found = await matching(provider.list(query), test);
  if (found.length > 0) return found;
  const companies = (await listCompanies(connection, bookIds)).map(({ name }) => name);
  const name = sameName(companies, company);
  if (name === undefined) throw unknown(connection, company, companies);
  throw new NotFound(`no department "${department ?? ''}" in "${name}"`, {
    profile: connection.name,
    hint: `cardferry company departments "${name}" shows them`,
  });
}

function isIn(card: Card, company: string, department: string | undefined): boolean {
  const [wanted, part] = [foldText(company), department === undefined ? undefined : foldText(department)];
  return placesOf(card).some(
    ([name, unit]) => foldText(name) === wanted && (part === undefined || foldText(unit) === part),
  );
}

async function matching(
  records: AsyncIterable<ContactRecord>,
  test: (card: Card) => boolean,
): Promise<ContactRecord[]> {
  const found: ContactRecord[] = [];
  for await (const record of records) if (test(record.card)) found.push(record);
  return found;
}
