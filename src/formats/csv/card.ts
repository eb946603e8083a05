/** A row by path to a card, and back: what all tables of other programs have in common. */
import type { Card } from '../../model/card.js';
import { textOf } from '../../model/json.js';
import { photoOf } from '../../model/view.js';
import { clean } from './cells.js';
import { KEPT, keptColumns, type ReadContext } from './context.js';
import { type Flat, readEntries, writeEntries } from './entries.js';
import { readIndexed } from './indexed.js';
import { setOf, splitTriple } from './lists.js';
import { readTexts, writeTexts } from './texts.js';

/** The row as a card, without names for what nobody said. */
export function flatToCard(flat: Flat, uid: string, context: ReadContext): Card {
  const card: Card = { '@type': 'Card', version: '1.0', uid };
  readTexts(flat, card);
  readEntries(flat, card);
  readDays(flat, card, context);
  readIndexed(flat, card, context);
  const labels = flat.get('labels');
  // Google marks its own groups with a star.
  if (labels !== undefined) card.keywords = setOf(splitTriple(labels).map((word) => word.replace(/^\*\s+(?=.)/, '')));
  const photo = flat.get('photo');
  if (photo !== undefined) card.media = { m1: { kind: 'photo', uri: photo.replace(/\s+/g, '%20') } };
  for (const [path, text] of flat) if (path.startsWith(KEPT)) context.keep(card, path.slice(KEPT.length), text);
  if (flat.get('kind') === 'org') card.kind = 'org';
  return card;
}

function readDays(flat: Flat, card: Card, context: ReadContext): void {
  const birthday = flat.get('birthday') ?? partsText(flat);
  if (birthday !== undefined) context.day(card, birthday, { kind: 'birth' }, 'Birthday');
  const wedding = flat.get('anniversary');
  if (wedding !== undefined) context.day(card, wedding, { kind: 'wedding' }, 'Anniversary');
}

/** Thunderbird's three columns. */
function partsText(flat: Flat): string | undefined {
  const [year, month, day] = ['birth.year', 'birth.month', 'birth.day'].map((path) => flat.get(path)?.trim());
  if (year === undefined && month === undefined && day === undefined) return undefined;
  const two = (part: string | undefined): string => (part === undefined ? '' : `-${part.padStart(2, '0')}`);
  return `${year?.padStart(4, '0') ?? '-'}${two(month)}${two(day)}`;
}

/** How one program's table writes a day; '' for what it cannot say. */
export type DayText = (date: unknown) => string;

/** The card by path, as far as the table `has` it. */
export function cardToFlat(card: Card, has: (path: string) => boolean, dayText: DayText): Flat {
  const flat: Flat = new Map();
  writeTexts(card, has, flat);
  writeEntries(card, has, flat);
  for (const [path, kind] of [
    ['birthday', 'birth'],
    ['anniversary', 'wedding'],
  ] as const) {
    const days = Object.values(card.anniversaries ?? {}).filter((day) => day.kind === kind);
    const text = has(path) ? days.map((day) => dayText(day.date)).find((one) => one !== '') : undefined;
    if (text !== undefined) flat.set(path, text);
  }
  const photo = has('photo') ? clean(textOf(photoOf(card)?.resource.uri)) : '';
  if (/^https?:/i.test(photo)) flat.set('photo', photo.replace(/\s+/g, '%20'));
  for (const [name, text] of keptColumns(card)) {
    if (has(KEPT + name) && clean(text) !== '') flat.set(KEPT + name, clean(text));
  }
  return flat;
}
