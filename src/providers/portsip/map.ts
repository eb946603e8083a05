/** Between PortSIP's contact objects and cards: parsing answers, building the bodies of creates and updates. */
import { createHash } from 'node:crypto';
import { asArray, asObject, asString, member } from '../../http/check.js';
import type { Card } from '../../model/card.js';
import { ProtocolError } from '../../model/errors.js';
import { deriveUid } from '../../model/normalize.js';
import { cardToFlat, flatToCard, projectCard } from '../mapping.js';
import type { Flat } from '../mapping.js';
import { TABLE, TEXTS } from './slots.js';

type Json = Record<string, unknown>;

/** Property of ours for the mark as a favourite (RFC 9553, section 1.8.1: `domain:name`). True, or not there. */
export const FAVORITE = 'portsip.com:favorite';

export interface Native {
  id: string;
  /** The 15 texts as the server has them; never blank ones. */
  flat: Flat;
  card: Card;
  favorite: boolean;
  /** "Microsoft 365": the contact is overwritten by a one-way synchronization. */
  syncType: string | undefined;
  /** See {@link etagOf}. */
  etag: string;
}

/** Blank fields come as null ("About" page); texts that the server may write as numbers are taken as texts. */
function scalar(object: Json, key: string, where: string): string {
  const value = member(object, key);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === undefined ? '' : asString(value, `${where}${where.includes(': ') ? '.' : ': '}${key}`);
}

/** @throws ProtocolError when it is missing */
export function idOf(object: Json, where: string): string {
  const id = scalar(object, 'id', where);
  if (id === '') throw new ProtocolError(`answer of ${where}: id is missing`);
  return id;
}

/** The `items` of a list or delta; null is none, since blanks come as null. @throws ProtocolError when there is no such member */
export function itemsOf(body: Json, where: string): unknown[] {
  return Object.hasOwn(body, 'items') && body['items'] === null ? [] : asArray(body['items'], `${where}: items`);
}

export function isFavorite(card: Card): boolean {
  return card[FAVORITE] === true;
}

function setFavorite(card: Card, favorite: boolean): Card {
  if (favorite) card[FAVORITE] = true;
  return card;
}

/** A stand-in for the version mark that PortSIP lacks: a hash of what a contact shows. */
function etagOf(flat: Flat, favorite: boolean): string {
  const texts = TEXTS.map((path) => flat.get(path) ?? '');
  return createHash('sha256')
    .update(JSON.stringify([texts, favorite]))
    .digest('base64url')
    .slice(0, 22);
}

/**
 * A contact of a list, a delta or a single answer. `origin` says whose ids these are: server and book.
 * @throws ProtocolError naming `where` and the field
 */
export function parseContact(value: unknown, where: string, origin: string): Native {
  const native = asObject(value, where);
  const id = idOf(native, where);
  const flat: Flat = new Map();
  for (const path of TEXTS) {
    const text = scalar(native, path, where);
    if (text.trim() !== '') flat.set(path, text);
  }
  const favorite = member(native, 'favorite') === true;
  const syncType = scalar(native, 'sync_type', where).trim();
  return {
    id,
    flat,
    card: setFavorite(flatToCard(flat, TABLE, deriveUid('portsip', origin, id)), favorite),
    favorite,
    syncType: syncType === '' ? undefined : syncType,
    etag: etagOf(flat, favorite),
  };
}

/** The card as PortSIP would give it back. */
export function project(card: Card): Card {
  return setFavorite(projectCard(card, TABLE), isFavorite(card));
}

/** The texts of a new contact, without blank ones. The mark as a favourite takes a call of its own. */
export function createBody(card: Card): Record<string, string> {
  const flat = cardToFlat(card, TABLE);
  return Object.fromEntries(TEXTS.flatMap((path) => (flat.has(path) ? [[path, flat.get(path) ?? '']] : [])));
}

/**
 * All 15 texts, blank ones as '': the page does not say whether an update merges or replaces, and this is right either
 * way. What `next` does not change stays as the server has it now (`current`). Only `name` is left out when it is blank,
 * since it "has at least one character". Undefined when no text changes.
 */
export function updateBody(before: Card, next: Card, current: Flat): Record<string, string> | undefined {
  const [old, wanted] = [cardToFlat(before, TABLE), cardToFlat(next, TABLE)];
  const changed = new Set(TEXTS.filter((path) => old.get(path) !== wanted.get(path)));
  if (changed.size === 0) return undefined;
  const texts = TEXTS.map((path) => [path, (changed.has(path) ? wanted : current).get(path) ?? ''] as const);
  return Object.fromEntries(texts.filter(([path, text]) => path !== 'name' || text !== ''));
}

/** True when the change takes the contact's name away, which PortSIP has no way to do. */
export function losesName(before: Card, next: Card): boolean {
  return cardToFlat(before, TABLE).has('name') && !cardToFlat(next, TABLE).has('name');
}
