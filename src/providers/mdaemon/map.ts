/** Between MDaemon's contact objects and cards: parsing answers, building the bodies of creates and updates. */
import { createHash } from 'node:crypto';
import type { Attachment, Card, Photo } from '../../model/card.js';
import { deriveUid, uidKey } from '../../model/normalize.js';
import { displayName, emailsOf, parseDataUri, photoOf, sniffImage, toDataUri } from '../../model/view.js';
import { asArray, asObject, asString, member, optArray, optObject } from '../../http/check.js';
import { ProtocolError } from '../../model/errors.js';
import { cardToFlat, changedTexts, flatToCard, projectCard } from '../mapping.js';
import type { Flat } from '../mapping.js';
import { ADDRESS_PARTS, TABLE } from './slots.js';

type Json = Record<string, unknown>;

const NESTED = ['emails', 'name_details', 'phone'] as const;
const LISTS = { addresses: ADDRESS_PARTS, web_addresses: ['address'] } as const;
const LIST_NAMES = ['addresses', 'web_addresses'] as const;
type ListName = (typeof LIST_NAMES)[number];

const PATHS: readonly string[] = [
  ...TABLE.texts.map((slot) => slot.path),
  ...TABLE.entries.flatMap((table) => table.slots.map((slot) => slot.path)),
].filter((path) => !LIST_NAMES.some((list) => path.startsWith(`${list}.`)));

function below(where: string, member: string): string {
  return `${where}${where.includes(': ') ? '.' : ': '}${member}`;
}

/** Texts that the server may write as numbers (postcodes, ids) are taken as texts. @throws ProtocolError */
export function scalar(object: Json, key: string, where: string): string {
  const value = member(object, key);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return value === undefined ? '' : asString(value, below(where, key));
}

/** Entries by `type`; a second of a type, or an unknown type, goes to the read-only slots. */
function flattenList(native: Json, list: ListName, where: string, flat: Flat): void {
  const known = new Set(
    TABLE.entries
      .find((table) => table.property === (list === 'addresses' ? 'addresses' : 'links'))
      ?.slots.map((slot) => slot.path),
  );
  const used = new Set<string>();
  for (const [index, item] of (optArray(native, list, where) ?? []).entries()) {
    const at = below(where, `${list}[${index}]`);
    const entry = asObject(item, at);
    const texts = LISTS[list]
      .map((part) => [part, scalar(entry, part, at)] as const)
      .filter(([, text]) => text.trim() !== '');
    if (texts.length === 0) continue;
    const type = scalar(entry, 'type', at).trim().toLowerCase();
    const path = [`${list}.${type}`, `${list}.${type}-2`, `${list}.other`, `${list}.other-2`].find(
      (candidate) => known.has(candidate) && !used.has(candidate),
    );
    if (path === undefined) continue;
    used.add(path);
    for (const [part, text] of texts) flat.set(list === 'addresses' ? `${path}.${part}` : path, text);
  }
}

/** The documented texts of a contact object; unknown members are not looked at. */
function flatten(native: Json, where: string): Flat {
  const flat: Flat = new Map();
  const nested = new Map(NESTED.map((name) => [name as string, optObject(native, name, where) ?? {}]));
  for (const path of PATHS) {
    const [first = '', second] = path.split('.');
    const text =
      second === undefined
        ? scalar(native, first, where)
        : scalar(nested.get(first) ?? {}, second, below(where, first));
    if (text.trim() !== '') flat.set(path, text);
  }
  for (const list of LIST_NAMES) flattenList(native, list, where, flat);
  return flat;
}

/** A group's member as the server keeps it; `guid` is '' for a bare address. */
export interface Member {
  guid: string;
  name: string;
  email: string;
}

export interface Native {
  id: string;
  folder: string | undefined;
  group: boolean;
  name: string;
  /** Undefined when the answer has no such list. */
  members: Member[] | undefined;
  /** The contact may be edited, as far as this answer says. */
  canEdit: boolean;
  hasPicture: boolean;
  hasAttachments: boolean;
  /** Only in answers about one contact, as are the attachments. */
  picture: string;
  attachments: Attachment[];
  card: Card;
  /** See {@link etagOf}. */
  etag: string;
}

function membersOf(native: Json, where: string): Member[] | undefined {
  return optArray(native, 'members', where)?.map((item, index) => {
    const at = below(where, `members[${index}]`);
    const entry = asObject(item, at);
    return { guid: scalar(entry, 'guid', at), name: scalar(entry, 'name', at), email: scalar(entry, 'email', at) };
  });
}

/** @throws ProtocolError */
export function parseAttachment(entry: Json, where: string): Attachment {
  const id = scalar(entry, 'id', where);
  if (id === '') throw new ProtocolError(`answer of ${where}: id is missing`);
  const size = Number(scalar(entry, 'size', where) || 0);
  const mediaType = scalar(entry, 'mime_type', where) || 'application/octet-stream';
  return { id, name: scalar(entry, 'name', where), mediaType, size: Number.isFinite(size) ? size : 0 };
}

function attachmentsOf(native: Json, where: string): Attachment[] {
  return (optArray(native, 'attachments', where) ?? []).map((item, index) => {
    const at = below(where, `attachments[${index}]`);
    return parseAttachment(asObject(item, at), at);
  });
}

/**
 * A stand-in for the version mark that MDaemon lacks: a hash of what lists and single contacts both show. A picture
 * counts as there or not, since lists do not hold it.
 */
function etagOf(flat: Flat, hasPicture: boolean): string {
  const entries = [...flat].sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256')
    .update(JSON.stringify([entries, hasPicture]))
    .digest('base64url')
    .slice(0, 22);
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The uid made from the GUID (which may come in braces or capitals); ids that are no UUID get a name-based one. */
export function uidOf(id: string): string {
  const key = uidKey(id);
  return UUID.test(key) ? `urn:uuid:${key}` : deriveUid('mdaemon', id);
}

/** Base64 text of a picture to a photo; the page calls it JPEG, the bytes decide. Undefined when it is no base64. */
export function photoFrom(base64: string): Photo | undefined {
  const text = base64.replace(/^data:[^,]*,/i, '');
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 0 ? undefined : { mediaType: sniffImage(bytes) ?? 'image/jpeg', bytes };
}

/** The picture of a card that can be stored: inline, not a link. */
export function inlinePhoto(card: Card): Photo | undefined {
  const data = parseDataUri(photoOf(card)?.resource.uri ?? '');
  if (data === undefined || data.bytes.length === 0) return undefined;
  return { bytes: data.bytes, mediaType: sniffImage(data.bytes) ?? data.mediaType };
}

function setPhoto(card: Card, photo: Photo | undefined): void {
  if (photo !== undefined) card.media = { picture: { kind: 'photo', uri: toDataUri(photo) } };
}

/** A contact or group of a list or a single answer. @throws ProtocolError naming `where` and the field */
export function parseContact(value: unknown, where: string): Native {
  const native = asObject(value, where);
  const id = scalar(native, 'id', where);
  if (id === '') throw new ProtocolError(`answer of ${where}: id is missing`);
  const folder = scalar(native, 'folder', where);
  const flat = flatten(native, where);
  const card = flatToCard(flat, TABLE, uidOf(id));
  const picture = scalar(native, 'picture', where);
  const hasPicture = picture !== '' || isTrue(member(native, 'has_picture'));
  const permissions = optObject(native, 'permissions', where);
  const attachments = attachmentsOf(native, where);
  setPhoto(card, picture === '' ? undefined : photoFrom(picture));
  return {
    id,
    folder: folder === '' ? undefined : folder,
    group: isTrue(member(native, 'group')),
    name: scalar(native, 'name', where),
    members: membersOf(native, where),
    canEdit: permissions === undefined || isTrue(member(permissions, 'can_edit')),
    hasPicture,
    hasAttachments: attachments.length > 0 || isTrue(member(native, 'has_attachments')),
    picture,
    attachments,
    card,
    etag: etagOf(flat, hasPicture),
  };
}

/** A contact as a member of a group: with the name and first address that it has. */
export function memberOf(id: string, card: Card): Member {
  return { guid: id, name: displayName(card), email: emailsOf(card)[0] ?? '' };
}

/** A member that is no contact of ours, as the server wrote it. */
export function foreignText({ name, email }: Member): string {
  if (email === '') return name;
  return name === '' || name === email ? email : `${name} <${email}>`;
}

/** A group as a card: members are the uids of contacts, or what the server wrote of others. */
export function groupCard({ id, name }: Native, members: readonly Member[]): Card {
  const keys = members
    .map((member) => (member.guid === '' ? foreignText(member) : uidOf(member.guid)))
    .filter((key) => key !== '');
  const uids = Object.fromEntries(keys.map((key) => [key, true as const]));
  return { '@type': 'Card', version: '1.0', uid: uidOf(id), kind: 'group', name: { full: name }, members: uids };
}

/** Flags come as true, and in places as 1 or "1". */
export function isTrue(value: unknown): boolean {
  return value === true || value === 1 || value === '1' || value === 'true';
}

/** The items of a list answer, parsed one by one as they are asked for. */
export function contactItems(answer: Json, what: string): unknown[] {
  return asArray(member(answer, 'contacts'), `${what}: contacts`);
}

/** The card as MDaemon would give it back. */
export function project(card: Card): Card {
  const projected = projectCard(card, TABLE);
  setPhoto(projected, inlinePhoto(card));
  return projected;
}

/** One list, complete: every type that has or had something, with '' for what shall be empty. */
function listBody(list: ListName, before: Flat, next: Flat): Json[] {
  const paths = [...new Set([...next.keys(), ...before.keys()])].filter((path) => path.startsWith(`${list}.`));
  const types = new Set(paths.map((path) => path.split('.')[1] ?? ''));
  return [...types].map((type) => {
    const at = (part: string) => (list === 'addresses' ? `${list}.${type}.${part}` : `${list}.${type}`);
    return { type, ...Object.fromEntries(LISTS[list].map((part) => [part, next.get(at(part)) ?? ''])) };
  });
}

/**
 * The body that turns `before` into `next`; undefined when nothing differs. Only what changed is sent ("if you do not
 * submit the property at all, it will remain unchanged"), '' empties. The page does not say whether an object or a
 * list in a body replaces or merges, so they are sent whole, with '' for removed parts: right either way. `name` and
 * `name_details` go together, since the server makes neither from the other.
 */
function bodyOf(before: Flat, next: Flat): Json | undefined {
  const changed = changedTexts(before, next);
  if (changed.size === 0) return undefined;
  const tops = new Set([...changed.keys()].map((path) => path.split('.')[0] ?? ''));
  if (tops.has('name') || tops.has('name_details')) tops.add('name').add('name_details');
  const body: Json = {};
  const nested = new Map<string, Record<string, string>>();
  for (const path of new Set([...next.keys(), ...changed.keys()])) {
    const [top = '', leaf] = path.split('.');
    if (!tops.has(top) || top in LISTS) continue;
    const text = next.get(path) ?? '';
    if (leaf === undefined) {
      body[top] = text;
      continue;
    }
    const object = nested.get(top) ?? {};
    object[leaf] = text;
    nested.set(top, object);
    body[top] = object;
  }
  if (tops.has('name')) body['name'] = next.get('name') ?? '';
  for (const list of LIST_NAMES) if (tops.has(list)) body[list] = listBody(list, before, next);
  return body;
}

/** Documented properties of a new contact, without empty ones; the picture is added by the caller. */
export function createBody(card: Card): Json {
  return bodyOf(new Map(), cardToFlat(card, TABLE)) ?? {};
}

/** What to send to turn one card into the other; undefined when the texts are the same. */
export function updateBody(before: Card, next: Card): Json | undefined {
  return bodyOf(cardToFlat(before, TABLE), cardToFlat(next, TABLE));
}
