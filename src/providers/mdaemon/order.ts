/** Sorting by the server (vendor page "Sort Contacts", "Sort Group Members"): only where the profile asks for it. */
import { asArray, asObject, member } from '../../http/check.js';
import type { ContactRecord, Group } from '../../model/card.js';
import { sortKey } from '../../model/view.js';
import type { ListQuery, SortKey } from '../types.js';
import { pathOf } from './api.js';
import type { Api } from './api.js';
import { scalar } from './map.js';
import type { Reader } from './read.js';

type Sort = NonNullable<ListQuery['sort']>;

const COLUMNS: Partial<Record<SortKey, string>> = {
  name: 'name',
  'last-name': 'last_name',
  email: 'email',
  company: 'company',
};
const GROUP_COLUMNS: Partial<Record<SortKey, string>> = { name: 'name', 'last-name': 'last_name', email: 'email' };

/** What `honours.sort` holds. The server's columns but `notes`, which nobody sorts by here. */
export const SORTS: readonly SortKey[] = ['name', 'last-name', 'email', 'company'];

/** Both parameters go together with `page`. The server keeps the choice: Webmail shows that order afterwards. */
export function sortQuery(sort: Sort | undefined): Record<string, string> {
  const column = sort === undefined ? undefined : COLUMNS[sort.key];
  return column === undefined ? {} : { sort_column: column, sort_ascending: String(sort?.descending !== true) };
}

/** Member ids of a group in the server's order; undefined for an order it does not know. The choice is kept as well. */
export async function sortedMembers(
  api: Api,
  reader: Reader,
  { id, bookIds }: Group,
  { key, descending }: Sort,
): Promise<string[] | undefined> {
  const column = GROUP_COLUMNS[key];
  if (column === undefined) return undefined;
  const what = 'sort the members of the group';
  const path = pathOf('contacts', bookIds?.[0] ?? (await reader.folderOf(id)));
  const query = { group: 1, id, sort_column: column, sort_ascending: String(!descending) };
  const answer = await api.object({ method: 'GET', path, query, repeat: 'safe', what, contact: id });
  return asArray(member(answer, 'members'), `${what}: members`)
    .map((row, index) => scalar(asObject(row, `${what}: members[${index}]`), 'guid', `${what}: members[${index}]`))
    .filter((guid) => guid !== '');
}

/** Sorted lists (one a folder) as one. */
export async function* merged(
  lists: readonly AsyncGenerator<ContactRecord>[],
  { key, descending }: Sort,
): AsyncGenerator<ContactRecord> {
  const next = async (list: AsyncGenerator<ContactRecord>) => {
    const step = await list.next();
    return step.done === true ? undefined : { list, record: step.value, text: sortKey(step.value.card, key) };
  };
  let heads = (await Promise.all(lists.map(next))).filter((head) => head !== undefined);
  const first = (a: string, b: string): boolean => (b === '' ? a !== '' : a !== '' && (descending ? a > b : a < b));
  while (heads.length > 0) {
    const best = heads.reduce((chosen, head) => (first(head.text, chosen.text) ? head : chosen));
    yield best.record;
    const following = await next(best.list);
    heads = heads.flatMap((head) => (head === best ? (following ?? []) : head));
  }
}
