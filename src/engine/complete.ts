/** Address completion: the server's own where it has one, else a ranked scan; one row an address, best first. */
import type { Card } from '../model/card.js';
import { Unsupported } from '../model/errors.js';
import { foldText } from '../model/normalize.js';
import { displayName, emailsOf, organizationOf, searchText } from '../model/view.js';
import type { Suggestion } from '../providers/types.js';
import type { Connection } from './types.js';

interface Row {
  rank: number;
  order: string;
  suggestion: Suggestion;
}

/**
 * Up to `limit` addresses for what was typed so far: prefixes of the name, of one of its parts or of the address come
 * first, then other hits; then by name. No address twice. Without a prefix: the first by name.
 */
export async function completeAddresses(connection: Connection, prefix: string, limit: number): Promise<Suggestion[]> {
  const { provider } = connection;
  if (provider.autocomplete !== undefined && prefix.trim() !== '') {
    try {
      return distinct(await provider.autocomplete(prefix, limit), limit);
    } catch (error) {
      // This server has it switched off: a scan does as well.
      if (!(error instanceof Unsupported)) throw error;
    }
  }
  const typed = foldText(prefix);
  let rows: Row[] = [];
  for await (const record of provider.list({})) {
    rows.push(...rowsOf(record.id, record.bookIds[0], record.card, typed));
    if (rows.length > 8 * limit + 1000) rows = best(rows, limit);
  }
  return best(rows, limit).map((row) => row.suggestion);
}

function distinct(suggestions: readonly Suggestion[], limit: number): Suggestion[] {
  const seen = new Set<string>();
  const rows: Suggestion[] = [];
  for (const suggestion of suggestions) {
    const key = suggestion.email.toLowerCase();
    if (suggestion.email === '' || seen.has(key)) continue;
    seen.add(key);
    rows.push(suggestion);
    if (rows.length >= limit) break;
  }
  return rows;
}

function best(rows: Row[], limit: number): Row[] {
  rows.sort((a, b) => a.rank - b.rank || (a.order < b.order ? -1 : a.order > b.order ? 1 : 0));
  const seen = new Set<string>();
  const kept: Row[] = [];
  for (const row of rows) {
    const key = row.suggestion.email.toLowerCase();
    if (seen.has(key)) continue;
    seen.add(key);
    kept.push(row);
    if (kept.length >= limit) break;
  }
  return kept;
}

function rowsOf(id: string, bookId: string | undefined, card: Card, typed: string): Row[] {
  const emails = emailsOf(card);
  if (emails.length === 0) return [];
  const name = displayName(card);
  const organization = organizationOf(card);
  const folded = foldText(name);
  const texts = typed === '' ? [] : searchText(card).map(foldText);
  return emails.flatMap((email, index) => {
    const rank = rankOf(typed, folded, email.toLowerCase(), texts);
    if (rank === undefined) return [];
    const suggestion: Suggestion = {
      id,
      name,
      email,
      ...(bookId === undefined ? {} : { bookId }),
      ...(organization === '' ? {} : { organization }),
    };
    return [{ rank, order: `${folded}\n${String(index).padStart(4, '0')}\n${email}`, suggestion }];
  });
}

/** 0: the name or this address begins so; 1: its words begin words of the name; 2: found elsewhere; undefined: not. */
function rankOf(typed: string, name: string, email: string, texts: readonly string[]): number | undefined {
  if (typed === '' || name.startsWith(typed) || email.startsWith(typed)) return 0;
  const words = typed.split(' ');
  const parts = [...name.split(/[\s.,@'-]+/), ...email.split(/[.@_+-]+/)];
  if (words.every((word) => parts.some((part) => part.startsWith(word)))) return 1;
  return words.every((word) => texts.some((text) => text.includes(word))) ? 2 : undefined;
}
