/** What a transfer did, in the shape that `--json` prints. */
import type { Applied } from './apply.js';
import type { GroupResult } from './groupplan.js';
import type { SourceSide } from './reading.js';
import type { RejectBin } from './rejects.js';
import type { WriteSummary } from './types.js';

/** Contacts by target id; failures by source id. `worthTelling`: something failed or was left out. */
export function summaryOf(
  read: { source: SourceSide; rejects: RejectBin },
  applied: Applied | undefined,
  groups: readonly GroupResult[],
): { summary: WriteSummary; worthTelling: boolean } {
  const summary: WriteSummary = { ok: true, created: [], updated: [], deleted: [], skipped: [], failed: [] };
  for (const [index, { status, targetId, error }] of (applied?.outcomes ?? []).entries()) {
    const id = targetId ?? '';
    if (status === 'created') summary.created.push(id);
    else if (status === 'updated') summary.updated.push(id);
    else if (status === 'skipped') summary.skipped.push(id);
    else if (status === 'failed' && error !== undefined) {
      summary.failed.push({ id: read.source.entries[index]?.id ?? '', error });
    }
  }
  for (const { id, error } of applied?.deleted ?? []) {
    if (error === undefined) summary.deleted.push(id);
    else summary.failed.push({ id, error });
  }
  for (const { step, error } of groups) if (error !== undefined) summary.failed.push({ id: step.group.key, error });
  if (applied !== undefined) summary.failed.push(...unreadable(read.rejects));
  summary.ok = summary.failed.length === 0;
  return { summary, worthTelling: summary.failed.length + summary.skipped.length > 0 };
}

/** Records of the source, by their place or line; beyond the first ones by number. */
function unreadable({ named, count }: RejectBin): WriteSummary['failed'] {
  const rows = named.map(({ id, line, error }) => ({
    id: id ?? `line ${line}`,
    error: { code: 'input', message: error },
  }));
  const more = count - rows.length;
  if (more === 0) return rows;
  const message = `${more} more records of the source could not be read (see the report)`;
  return [...rows, { id: 'unreadable', error: { code: 'input', message } }];
}
