/** The card as a connection will give it back: the driver's own projection, pictures that travel by their own call included. */
import type { Card } from '../model/card.js';
import { cloneJson } from '../model/json.js';
import { parseDataUri, photoOf } from '../model/view.js';
import type { Provider } from '../providers/types.js';
import { keepsPhotoInside } from './abilities.js';
import { sliceOf, setSlice, withoutFields } from './slices.js';
import type { Connection } from './types.js';

export interface Projection {
  card: Card;
  /** The picture is not part of the contact here: it goes by `avatars.set` after the contact. */
  photoApart: boolean;
}

/** Whether the card has a picture whose bytes are in the card (not a link). */
export function hasInlinePhoto(card: Card): boolean {
  const photo = photoOf(card);
  return photo !== undefined && parseDataUri(photo.resource.uri) !== undefined;
}

const apartOf = new WeakMap<Provider, boolean>();

/** Whether pictures go by a call of their own here, after the contact; else they are written inside the contact. */
export function photosApart(connection: Connection): boolean {
  const { provider } = connection;
  let apart = apartOf.get(provider);
  if (apart === undefined)
    apartOf.set(provider, (apart = provider.avatars?.set !== undefined && !keepsPhotoInside(provider)));
  return apart;
}

function withPhoto(connection: Connection, card: Card, projected: Card): Projection {
  if (!hasInlinePhoto(card) || !photosApart(connection)) return { card: projected, photoApart: false };
  const whole = cloneJson(projected);
  setSlice(whole, 'photo', sliceOf(card, 'photo'));
  return { card: whole, photoApart: true };
}

/** The last projection of each card: planning, writing and noting ask for the same one. Cards are not changed in place. */
const recent = new WeakMap<Provider, WeakMap<Card, Promise<Projection>>>();

/** Without any request; exact also for file formats. The card must not be changed afterwards. */
export function projectCard(connection: Connection, card: Card): Promise<Projection> {
  const { provider } = connection;
  let known = recent.get(provider);
  if (known === undefined) recent.set(provider, (known = new WeakMap()));
  let projection = known.get(card);
  if (projection === undefined) known.set(card, (projection = projectAnew(connection, card)));
  return projection;
}

async function projectAnew(connection: Connection, card: Card): Promise<Projection> {
  const { provider } = connection;
  const projected = provider.projectLater === undefined ? provider.project(card) : await provider.projectLater(card);
  return withPhoto(connection, card, projected);
}

/** The same for servers, at once. For files it is an approximation (see `Provider.projectLater`). */
export function projectNow(connection: Connection, card: Card): Projection {
  return withPhoto(connection, card, connection.provider.project(card));
}

const SAME_PHOTO = 'data:image/gif;base64,R0lGODlhAQABAAAAACw=';

/**
 * For hashing: where the server stores pictures anew, every picture becomes the same one; what it may not show is left
 * out. Never written anywhere.
 */
export function comparable(connection: Connection, whole: Card): Card {
  const { writeOnly = [], reencodesPhotos } = connection.definition;
  const card = writeOnly.length === 0 ? whole : withoutFields(whole, new Set(writeOnly));
  if (reencodesPhotos !== true || photoOf(card) === undefined) return card;
  const same = { ...card };
  setSlice(same, 'photo', { media: { photo: { kind: 'photo', uri: SAME_PHOTO } } });
  return same;
}

/** How cards of this connection are compared: where it stores pictures anew, one picture is as good as another. */
export function photoRule(connection: Connection): { photos: 'bytes' | 'present' } {
  return { photos: connection.definition.reencodesPhotos === true ? 'present' : 'bytes' };
}
