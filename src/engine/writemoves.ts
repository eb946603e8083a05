/** Moving and copying between address books through the one write path. */
import type { Card, ContactRecord } from '../model/card.js';
import { NotFound } from '../model/errors.js';
import { cloneJson } from '../model/json.js';
import { newUid } from '../model/normalize.js';
import type { WriteResult } from '../providers/types.js';
import { requireAbility } from './abilities.js';
import type { Written } from './types.js';
import { findEqual, idAndEtag, imageOf, missing, resultOf, wholeOf, type WriteContext } from './writecommon.js';
import type { Writer } from './write.js';

export function moveSteps(
  context: WriteContext,
  create: (card: Card, bookId: string) => Promise<Written>,
  remove: (record: ContactRecord) => Promise<void>,
): Pick<Writer, 'move' | 'copy'> {
  const { connection, performer, dryRun } = context;
  const { provider } = connection;

  const move = async (record: ContactRecord, bookId: string): Promise<Written> => {
    requireAbility(connection, 'move');
    if (record.bookIds.includes(bookId)) return { id: record.id, bookIds: record.bookIds, losses: [] };
    if (dryRun) return { id: record.id, bookIds: [bookId], losses: [] };
    const whole = await wholeOf(connection, record);
    if (provider.move === undefined) {
      // The new one is there before the old one goes: a stop in between leaves two, never none.
      const written = await create(whole.card, bookId);
      await remove(whole);
      return written;
    }
    const result = await performer.perform<WriteResult>({
      intent: { op: 'move', id: whole.id, bookId, before: imageOf(whole) },
      send: () => provider.move?.(whole, bookId) ?? missing('move contacts'),
      settle: () => findMoved(context, whole, bookId),
      outcome: idAndEtag,
    });
    return { ...result, losses: [] };
  };

  const copy = async (record: ContactRecord, bookId: string): Promise<Written> => {
    requireAbility(connection, 'copy');
    if (dryRun) return { id: record.id, bookIds: [bookId], losses: [] };
    const whole = await wholeOf(connection, record);
    if (provider.copy === undefined) return create({ ...cloneJson(whole.card), uid: newUid() }, bookId);
    const before = await idsIn(context, bookId);
    const result = await performer.perform<WriteResult>({
      intent: { op: 'copy', id: whole.id, bookId, after: whole.card },
      send: () => provider.copy?.(whole, bookId) ?? missing('copy contacts'),
      settle: () => findEqual(connection, whole.card, bookId, (id) => !before.has(id)),
      outcome: idAndEtag,
    });
    return { ...result, losses: [] };
  };
  return { move, copy };
}

async function findMoved(
  context: WriteContext,
  record: ContactRecord,
  bookId: string,
): Promise<WriteResult | undefined> {
  try {
    const now = await context.connection.provider.get(record.id);
    return now.bookIds.includes(bookId) ? resultOf(now) : undefined;
  } catch (error) {
    if (!(error instanceof NotFound)) throw error;
  }
  return findEqual(context.connection, record.card, bookId, (id) => id !== record.id);
}

async function idsIn(context: WriteContext, bookId: string): Promise<Set<string>> {
  const ids = new Set<string>();
  for await (const record of context.connection.provider.list({ bookIds: [bookId] })) ids.add(record.id);
  return ids;
}
