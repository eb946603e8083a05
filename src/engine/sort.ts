/** Sorting records that the server does not sort: a page of them in memory, all of them with the rest on disk. */
import type { ContactRecord } from '../model/card.js';
import { sortKey } from '../model/view.js';
import type { SortKey } from '../providers/types.js';
import { WorkFolder, type Spool } from './spool.js';

/** Records held in memory before the disk is used. */
const IN_MEMORY = 5000;

export interface SortOptions {
  key: SortKey;
  descending: boolean;
  /** Only the first so many are wanted. */
  keep?: number;
}

interface Row {
  key: string;
  id: string;
}

/** Ascending or descending by key, those without a key last in both, then by id: the same order every time. */
export function compareRows(descending: boolean): (a: Row, b: Row) => number {
  const sign = descending ? -1 : 1;
  return (a, b) => {
    if (a.key !== b.key) {
      if (a.key === '') return 1;
      if (b.key === '') return -1;
      return a.key < b.key ? -sign : sign;
    }
    return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
  };
}

/** Yields the records in order. Reads all of `records` first. */
export async function* sortRecords(
  records: AsyncIterable<ContactRecord>,
  options: SortOptions,
): AsyncIterable<ContactRecord> {
  if (options.keep !== undefined && options.keep <= IN_MEMORY) yield* sortFew(records, options, options.keep);
  else yield* sortAll(records, options);
}

async function* sortFew(
  records: AsyncIterable<ContactRecord>,
  { key, descending }: SortOptions,
  keep: number,
): AsyncIterable<ContactRecord> {
  const compare = compareRows(descending);
  let rows: (Row & { record: ContactRecord })[] = [];
  const trim = (): void => {
    rows.sort(compare);
    rows = rows.slice(0, keep);
  };
  for await (const record of records) {
    rows.push({ key: sortKey(record.card, key), id: record.id, record });
    if (rows.length >= Math.max(2 * keep, 1000)) trim();
  }
  trim();
  for (const row of rows) yield row.record;
}

async function* sortAll(
  records: AsyncIterable<ContactRecord>,
  { key, descending, keep }: SortOptions,
): AsyncIterable<ContactRecord> {
  const rows: (Row & { record?: ContactRecord; index: number })[] = [];
  let folder: WorkFolder | undefined;
  let spool: Spool<ContactRecord> | undefined;
  try {
    for await (const record of records) {
      const row = { key: sortKey(record.card, key), id: record.id };
      if (rows.length < IN_MEMORY) {
        rows.push({ ...row, record, index: -1 });
        continue;
      }
      folder ??= await WorkFolder.temporary();
      spool ??= await folder.spool<ContactRecord>();
      rows.push({ ...row, index: await spool.append(withoutNative(record)) });
    }
    rows.sort(compareRows(descending));
    for (const row of keep === undefined ? rows : rows.slice(0, keep)) {
      if (row.record !== undefined) yield row.record;
      else if (spool !== undefined) yield await spool.read(row.index);
    }
  } finally {
    await folder?.dispose();
  }
}

function withoutNative(record: ContactRecord): ContactRecord {
  const { native: _, ...rest } = record;
  return rest;
}
