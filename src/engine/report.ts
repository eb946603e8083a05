/** The report of a migration: report.json (one row an item), report.html, leftovers.vcf, rejects.vcf; written as streams. */
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Card } from '../model/card.js';
import type { Format } from '../formats/types.js';
import { rejectsFile, standsAlone, straysFile } from '../formats/rejects.js';
import { deriveUid } from '../model/normalize.js';
import { writeFileAtomic } from '../store/files.js';
import type { Applied, Status } from './apply.js';
import type { GroupResult, GroupRoute } from './groupplan.js';
import { itemError, type SourceSide } from './reading.js';
import type { Connection, ItemError, Loss, MigrateResult, PlanSummary, RejectedRecord, Timing } from './types.js';

/** Raised when a member of report.json changes its meaning; additions do not count. */
export const REPORT_VERSION = 1;

/** What `report.json` says of one contact or group. */
export interface ReportRow {
  kind: 'contact' | 'group' | 'record';
  status: Status;
  code?: string;
  message?: string;
  /** What to do about it. */
  remedy?: string;
  sourceId?: string;
  targetId?: string;
  name: string;
  /** Line in the source file, for records that could not be read. */
  line?: number;
  losses?: Loss[];
}

export interface ReportInput {
  folder: string;
  from: Connection;
  to: Connection;
  startedAt: number;
  endedAt: number;
  run: string | undefined;
  plan: PlanSummary;
  source: SourceSide;
  applied: Applied;
  groups: readonly GroupResult[];
  route: GroupRoute;
  rejects: AsyncIterable<RejectedRecord>;
  verified: MigrateResult['verified'];
  /** Parts of the run that are over, in order. */
  timings: readonly Timing[];
}

const REMEDIES: Record<string, string> = {
  unstorable: 'add what the target needs on the source, then give the same command again',
  conflict: 'give the same command again: the contact is read anew',
  unavailable: 'give the same command again later: only what is missing is written',
  unknownOutcome: 'give the same command again: it looks before it writes',
  refused: 'change the contact on the source as the server asks, or add it by hand',
  input: 'repair the record; it is in the rejects file',
  protocol: 'try again with --debug and report what the server answered',
};

function failure(error: ItemError): Pick<ReportRow, 'code' | 'message' | 'remedy'> {
  const remedy = error.hint ?? REMEDIES[error.code];
  return { code: error.code, message: error.message, ...(remedy === undefined ? {} : { remedy }) };
}

/** Writes the report's files into the folder, each whole or not at all; leftovers and rejects only when there are any. */
export async function writeReport(input: ReportInput): Promise<void> {
  await mkdir(input.folder, { recursive: true, mode: 0o700 });
  const totals: Partial<Record<Status, number>> = {};
  await writeFileAtomic(join(input.folder, 'report.json'), reportText(input, totals), 0o600);
  await writeFileAtomic(join(input.folder, 'report.html'), html(input, totals), 0o600);
  const { formatByName } = await import('../formats/index.js');
  const vcard = await formatByName('vcard');
  await writeCards(join(input.folder, 'leftovers.vcf'), vcard, leftovers(input));
  await writeRejects(input, vcard);
}

/** `totals` is filled in on the way. */
async function* reportText(input: ReportInput, totals: Partial<Record<Status, number>>): AsyncIterable<string> {
  const { from, to, startedAt, endedAt, run, plan, verified } = input;
  const time = (ms: number): string => new Date(ms).toISOString();
  const head = {
    version: REPORT_VERSION,
    from: { name: from.name, provider: from.definition.name },
    to: { name: to.name, provider: to.definition.name },
    ...(run === undefined ? {} : { run }),
    startedAt: time(startedAt),
    endedAt: time(endedAt),
    plan,
  };
  yield `${JSON.stringify(head).slice(0, -1)},\n"items":[`;
  let first = true;
  for await (const row of rows(input)) {
    if (row.kind !== 'group') totals[row.status] = (totals[row.status] ?? 0) + 1;
    yield `${first ? '\n' : ',\n'}${JSON.stringify(row)}`;
    first = false;
  }
  yield `\n],\n"totals":${JSON.stringify(totals)},\n"timings":${JSON.stringify(input.timings)}`;
  if (verified !== undefined) yield `,\n"verified":${JSON.stringify(verified)}`;
  yield '}\n';
}

async function* html(input: ReportInput, totals: Partial<Record<Status, number>>): AsyncIterable<string> {
  const { htmlReport } = await import('./reporthtml.js');
  const side = ({ name, definition }: Connection): { name: string; title: string } => ({
    name,
    title: definition.title,
  });
  const { from, to, applied } = input;
  const stopped = applied.stopped === undefined ? undefined : itemError(applied.stopped).message;
  yield* htmlReport({ ...input, from: side(from), to: side(to), totals, stopped, rows: rows(input) });
}

async function* rows(input: ReportInput): AsyncIterable<ReportRow> {
  for (const [index, outcome] of input.applied.outcomes.entries()) {
    const entry = await input.source.spool.read(index);
    const losses = outcome.losses ?? entry.losses;
    yield {
      kind: 'contact',
      status: outcome.status,
      ...(outcome.error === undefined ? {} : failure(outcome.error)),
      sourceId: entry.id,
      ...(outcome.targetId === undefined ? {} : { targetId: outcome.targetId }),
      name: entry.name,
      ...(losses.length === 0 ? {} : { losses }),
    };
  }
  for (const { id, source, name, error } of input.applied.deleted) {
    const status = error === undefined ? 'deleted' : 'failed';
    yield {
      kind: 'contact',
      status,
      ...(error === undefined ? {} : failure(error)),
      sourceId: source,
      targetId: id,
      name,
    };
  }
  yield* input.groups.map(groupRow);
  for await (const { error, hint, id, line } of input.rejects) {
    const told = failure({ code: 'input', message: error, ...(hint === undefined ? {} : { hint }) });
    const place = id === undefined ? { name: `line ${line}`, line } : { name: id, sourceId: id };
    yield { kind: 'record', status: 'failed', ...told, ...place };
  }
}

const GROUP_STATUS = { create: 'created', update: 'updated', unchanged: 'unchanged' } as const;

function groupRow({ step, id, error, missing }: GroupResult): ReportRow {
  const { key, name, foreign } = step.group;
  const left = missing.length + foreign;
  return {
    kind: 'group',
    status: error === undefined ? GROUP_STATUS[step.action] : 'failed',
    ...(error === undefined ? {} : failure(error)),
    ...(error === undefined && left > 0 ? { message: `${left} members are no contacts of the target` } : {}),
    sourceId: key,
    ...(id === undefined ? {} : { targetId: id }),
    name,
  };
}

async function* leftovers({ source, applied, route, from }: ReportInput): AsyncIterable<Card> {
  for (const [index, { status }] of applied.outcomes.entries()) {
    if (status !== 'created' && status !== 'updated' && status !== 'unchanged') continue;
    const { leftover } = await source.spool.read(index);
    if (leftover !== undefined) yield leftover;
  }
  if (route.lists !== 'lost') return;
  const wanted = new Set(route.groups.flatMap((group) => group.members));
  const uids = new Map<string, string>();
  for (const [index, { id }] of source.entries.entries()) {
    if (wanted.has(id)) uids.set(id, (await source.spool.read(index)).card.uid);
  }
  for (const group of route.groups) {
    const members = Object.fromEntries(
      group.members.flatMap((id) => uids.get(id) ?? []).map((uid) => [uid, true as const]),
    );
    yield {
      '@type': 'Card',
      version: '1.0',
      kind: 'group',
      uid: deriveUid(from.name, 'group', group.key),
      name: { full: group.name },
      members,
    };
  }
}

const writeCards = (path: string, format: Format, cards: AsyncIterable<Card>): Promise<void> =>
  writeSome(
    path,
    format.write(cards, {}, () => undefined),
  );

/** Writes a file only when there is something to write; else removes what an earlier run left there. */
async function writeSome(path: string, pieces: AsyncIterable<string | Uint8Array>): Promise<void> {
  const iterator = pieces[Symbol.asyncIterator]();
  let step = await iterator.next();
  while (step.done !== true && step.value.length === 0) step = await iterator.next();
  if (step.done === true) return rm(path, { force: true });
  async function* all(): AsyncIterable<string | Uint8Array> {
    for (; step.done !== true; step = await iterator.next()) yield step.value;
  }
  await writeFileAtomic(path, all(), 0o600);
}

/**
 * rejects.vcf: failed contacts in full, and the source's vCards that could not be read, as they stood; it is a valid input
 * again. What can stand in no vCard file goes into a text file beside it.
 */
async function writeRejects(input: ReportInput, vcard: Format): Promise<void> {
  const { folder, from, source, applied, rejects } = input;
  async function* cards(): AsyncIterable<Card> {
    for (const [index, { status }] of applied.outcomes.entries()) {
      if (status === 'failed') yield (await source.spool.read(index)).card;
    }
  }
  const format = from.kind === 'file' ? from.definition.name : 'vcard';
  const fits = (raw: Uint8Array): boolean => format.startsWith('vcard') && standsAlone(format, raw);
  async function* raws(whole: boolean): AsyncIterable<Uint8Array> {
    for await (const { raw } of rejects) if (raw.length > 0 && fits(raw) === whole) yield raw;
  }
  async function* texts(): AsyncIterable<string | Uint8Array> {
    yield* vcard.write(cards(), {}, () => undefined);
    yield* rejectsFile('vcard', raws(true));
  }
  await writeSome(join(folder, 'rejects.vcf'), texts());
  await writeSome(join(folder, `unreadable-${format}.txt`), straysFile(raws(false)));
}
