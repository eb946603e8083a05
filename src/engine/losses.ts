/** What a connection will not keep of a card: the card compared with its projection. No driver writes loss code. */
import type { Card } from '../model/card.js';
import { entriesOf, put } from '../model/json.js';
import { cardHash, diffCards } from '../model/normalize.js';
import { photoRule, projectCard, projectNow } from './project.js';
import { fieldsOf, inFieldOrder, onlyFields, setSlice, sliceOf } from './slices.js';
import { writeOnlyFields } from './writeonly.js';
import type { Connection, FieldLoss, Loss } from './types.js';

const LONGEST = 80;
const cut = (text: string): string => (text.length <= LONGEST ? text : `${text.slice(0, LONGEST - 1)}…`);

/** The losses between a card and what comes back; what is only added (a rebuilt full name) is none. */
export function lossesBetween(connection: Connection, card: Card, projected: Card): Loss[] {
  const losses: Loss[] = [];
  const lost = new Set<string>();
  for (const difference of diffCards(card, projected, photoRule(connection))) {
    const { field, kind, expected = '', found } = difference;
    if (kind === 'extra') continue;
    lost.add(field);
    if (kind === 'missing') losses.push({ field, kind: 'dropped', value: cut(expected) });
    else
      losses.push({
        field,
        kind: 'changed',
        value: cut(expected),
        ...(found === undefined ? {} : { becomes: cut(found) }),
      });
  }
  for (const field of unsureFields(connection, card)) {
    if (!lost.has(field)) losses.push({ field, kind: 'unsure', value: describeField(card, field) });
  }
  for (const field of writeOnlyFields(connection, projected)) {
    losses.push({ field, kind: 'unread', value: describeField(projected, field) });
  }
  return losses;
}

function unsureFields(connection: Connection, card: Card): string[] {
  const unsure = connection.definition.unsure ?? [];
  if (unsure.length === 0) return [];
  const present = fieldsOf(card);
  return unsure.filter((field) => present.has(field));
}

function describeField(card: Card, field: string): string {
  const blank = onlyFields(card, []);
  const texts = diffCards(onlyFields(card, [field]), blank).map((difference) => difference.expected ?? '');
  return cut(texts.filter((text) => text !== '').join(', '));
}

/** What this connection will not keep of the card (servers; for files see {@link lossesLater}). Sends nothing. */
export function lossesOf(connection: Connection, card: Card): Loss[] {
  return lossesBetween(connection, card, projectNow(connection, card).card);
}

/** What this connection will not keep of the card; exact for servers, files and folders. Sends nothing. */
export async function lossesLater(connection: Connection, card: Card): Promise<Loss[]> {
  return lossesBetween(connection, card, (await projectCard(connection, card)).card);
}

/**
 * A card with only what does not come back: of map properties the entries that are missing or changed, of others the
 * whole property; with uid and name, so that it can be read back and joined again. Undefined when nothing is lost.
 */
export function leftoverOf(card: Card, projected: Card, losses: readonly Loss[]): Card | undefined {
  const fields = inFieldOrder(losses.filter(isLoss).map((loss) => loss.field));
  if (fields.length === 0) return undefined;
  const left = onlyFields(card, [...new Set(['name', 'kind', ...fields])]);
  for (const field of fields) {
    for (const [property, value] of Object.entries(sliceOf(card, field))) {
      const kept = new Set(entriesOf(projected[property]).map(([key, entry]) => entryHash(property, key, entry)));
      const entries = entriesOf(value).filter(([key, entry]) => !kept.has(entryHash(property, key, entry)));
      if (entries.length === 0 || property === 'name') continue;
      const map: Record<string, unknown> = {};
      for (const [key, entry] of entries) put(map, key, entry);
      setSlice(left, field, { [property]: map });
    }
  }
  return left;
}

function entryHash(property: string, key: string, entry: unknown): string {
  const lone: Card = { '@type': 'Card', version: '1.0', uid: '' };
  const map: Record<string, unknown> = {};
  put(map, key, entry);
  lone[property] = map;
  return cardHash(lone);
}

/** Whether the value is known not to be kept; of the others nobody knows. */
export function isLoss({ kind }: Pick<Loss, 'kind'>): boolean {
  return kind === 'dropped' || kind === 'changed';
}

/** Losses of many contacts, by field and kind, with up to three examples each. */
export class LossTally {
  readonly #rows = new Map<string, FieldLoss>();

  add(contact: string, losses: readonly Loss[]): void {
    const counted = new Set<FieldLoss>();
    for (const { field, kind, value, becomes } of losses) {
      const key = `${field}\n${kind}`;
      let row = this.#rows.get(key);
      if (row === undefined) this.#rows.set(key, (row = { field, kind, contacts: 0, examples: [] }));
      if (!counted.has(row)) row.contacts += 1;
      counted.add(row);
      if (row.examples.length < 3) row.examples.push({ contact, value, ...(becomes === undefined ? {} : { becomes }) });
    }
  }

  /** In the order of the field registry. */
  rows(): FieldLoss[] {
    const order = inFieldOrder([...this.#rows.values()].map((row) => row.field));
    return order.flatMap((field) => [...this.#rows.values()].filter((row) => row.field === field));
  }
}
