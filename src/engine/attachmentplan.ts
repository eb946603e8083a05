/** Files kept with contacts on their way to another server: what is missing there, and bringing it. */
import { Interrupted } from '../model/errors.js';
import type { Attachment } from '../model/card.js';
import { stopsRun, type Applied } from './apply.js';
import type { Plan } from './plan.js';
import { forEachLimited } from './pool.js';
import { itemError, stopWhenAborted, type SourceSide, type TargetSide } from './reading.js';
import type { Connection, FieldLoss } from './types.js';
import type { Writer } from './write.js';
import { sameFile } from './writeextras.js';

/** The files of one source contact that its target lacks. */
export interface AttachmentStep {
  /** Index of the source contact. */
  index: number;
  source: string;
  files: Attachment[];
}

/** Files beside those that are there already, each as often as it is missing. */
function missingFiles(wanted: readonly Attachment[], there: readonly Attachment[]): Attachment[] {
  const left = [...there];
  return wanted.filter((file) => {
    const at = left.findIndex((other) => sameFile(other, file));
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}

/**
 * Asks both sides for the files of contacts that have some: one request a contact and side. Nothing is asked where
 * either server keeps none.
 */
export async function planAttachments(
  { from, to, signal }: { from: Connection; to: Connection; signal?: AbortSignal },
  { source, target }: { source: SourceSide; target: TargetSide },
  plan: Plan,
): Promise<AttachmentStep[]> {
  const [ours, theirs] = [from.provider.attachments, to.provider.attachments];
  if (ours === undefined || theirs === undefined) return [];
  const steps: AttachmentStep[] = [];
  await forEachLimited(source.attached, from.definition.limits.concurrency, async ({ index }) => {
    stopWhenAborted(signal);
    const [entry, item] = [source.entries[index], plan.items[index]];
    if (entry === undefined || item === undefined || item.action === 'fail' || item.action === 'skip') return;
    const there = target.entries[item.target]?.id;
    const known = there !== undefined && target.attached.has(there) ? await theirs.list(there) : [];
    const files = missingFiles(await ours.list(entry.id), known);
    if (files.length > 0) steps.push({ index, source: entry.id, files });
  });
  return steps.sort((a, b) => a.index - b.index);
}

/** Files that the target has no place for, as a row of the plan's losses. */
export function lostAttachments(from: Connection, to: Connection, { attached }: SourceSide): FieldLoss[] {
  const kept = from.provider.attachments === undefined || to.provider.attachments !== undefined;
  if (kept || attached.length === 0) return [];
  const examples = attached
    .slice(0, 3)
    .map(({ name }) => ({ contact: name, value: 'the files kept with the contact' }));
  return [{ field: 'attachments', kind: 'dropped', contacts: attached.length, examples }];
}

/** Brings the files. A contact whose file cannot be brought counts as failed, and the rest goes on. */
export async function applyAttachments(
  { from, to, signal }: { from: Connection; to: Connection; signal?: AbortSignal },
  writer: Writer,
  steps: readonly AttachmentStep[],
  applied: Applied,
): Promise<void> {
  const ours = from.provider.attachments;
  if (ours === undefined) return;
  await forEachLimited(steps, to.definition.limits.concurrency, async ({ index, source, files }) => {
    const outcome = applied.outcomes[index];
    const id = outcome?.targetId;
    if (outcome === undefined || id === undefined || outcome.status === 'failed') return;
    try {
      for (const { id: file, name, mediaType } of files) {
        stopWhenAborted(signal);
        await writer.addAttachment({ id }, { name, mediaType, bytes: await ours.get(source, file) });
      }
    } catch (error) {
      if (stopsRun(error) || error instanceof Interrupted) throw error;
      applied.outcomes[index] = { ...outcome, status: 'failed', error: itemError(error) };
    }
  });
}
