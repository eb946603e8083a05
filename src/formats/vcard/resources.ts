/** PHOTO, LOGO, SOUND, KEY, URL, CONTACT-URI, SOURCE, ORG-DIRECTORY, CALURI, FBURL, CALADRURI (RFC 9555, section 2). */
import { textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import { sniffImage } from '../../model/view.js';
import { base64, isBase64 } from './leftovers.js';
import type { Prop } from './prop.js';
import type { ReadState } from './read-state.js';
import { CONTEXTS } from './rows.js';
import type { Draft, MapRow } from './rows.js';
import type { VCardParam } from './types.js';
import type { WriteState } from './write-state.js';
import { isUri, param, plainUri, uriValue } from './values.js';

/** TYPE of inline data up to 3.0 and its media type. Others are the subtype itself. */
const MEDIA_TYPES: Readonly<Record<string, string>> = {
  JPG: 'image/jpeg',
  SVG: 'image/svg+xml',
  BMP: 'image/bmp',
  WAVE: 'audio/wav',
  WAV: 'audio/wav',
  PCM: 'audio/pcm',
  AIFF: 'audio/aiff',
  BASIC: 'audio/basic',
  PGP: 'application/pgp-keys',
  GPG: 'application/pgp-keys',
  X509: 'application/pkix-cert',
};
const TYPES: ReadonlyMap<string, string> = new Map([
  ['image/svg+xml', 'SVG'],
  ['audio/wav', 'WAVE'],
  ['application/pgp-keys', 'PGP'],
  ['application/pkix-cert', 'X509'],
]);
const INLINE = /^data:([a-z]+)\/([a-z0-9.+-]+);base64,/i;

function mediaTypeOf(type: string, main: string): string {
  const upper = type.toUpperCase();
  if (type.includes('/')) return type.toLowerCase();
  return Object.hasOwn(MEDIA_TYPES, upper) ? (MEDIA_TYPES[upper] ?? '') : `${main}/${type.toLowerCase()}`;
}

/** Inline bytes as a `data:` URI. What is no link and no known picture is no resource. */
function inlineUri(prop: Prop, main: string, type: string | undefined): string | undefined {
  const bytes = prop.raw.binary;
  if (bytes === undefined && prop.peek('ENCODING') === undefined) return looksLikeBase64(prop, main);
  const text = bytes === undefined ? prop.value.replace(/\s+/g, '') : base64(bytes);
  if (text === '') return '';
  const known = type === undefined ? sniffed(text) : mediaTypeOf(type, main);
  return `data:${known ?? 'application/octet-stream'};base64,${text}`;
}

/** Some servers lose ENCODING: base64 of a picture is still recognised by its first bytes. */
function looksLikeBase64(prop: Prop, main: string): string | undefined {
  if (main !== 'image' || prop.value.length < 40 || isUri(prop.value) || !isBase64(prop.value)) return undefined;
  const found = sniffed(prop.value);
  return found === undefined ? undefined : `data:${found};base64,${prop.value}`;
}

function sniffed(text: string): string | undefined {
  return sniffImage(Buffer.from(text.slice(0, 344), 'base64'));
}

/** The URI and media type of a resource property; `main` is the first half of its inline media types. */
function readResource(prop: Prop, state: ReadState, main: string): JsonObject {
  const inline = prop.raw.binary !== undefined || prop.peek('ENCODING') !== undefined;
  const [type] = inline || main !== 'text' ? takeFormat(prop) : [];
  const made = main === 'text' ? undefined : inlineUri(prop, main, type);
  const uri = made ?? plainUri(prop.value);
  if (uri === '' || /^data:[^,]*$/i.test(uri)) {
    if (uri !== '') state.warn(`line ${prop.raw.line}: ${prop.name} holds no data and was left out`);
    return {};
  }
  const resource: JsonObject = { uri };
  const mediaType =
    prop.take('MEDIATYPE') ?? (made === undefined && type !== undefined ? mediaTypeOf(type, main) : undefined);
  if (mediaType !== undefined) resource.mediaType = mediaType;
  return resource;
}

/** The TYPE that names a format, not a context. */
function takeFormat(prop: Prop): string[] {
  const type = prop.types().find((name) => !/^(home|work|pref)$/i.test(name));
  if (type === undefined || !/^[A-Za-z0-9.+/-]+$/.test(type)) return [];
  prop.takeType(type.toLowerCase());
  return [type];
}

interface Kind {
  name: string;
  kind?: string;
  /** First half of the media type of inline data; `text` for links. */
  main: string;
  /** 3.0 knows it. */
  old?: true;
}

function resourceRow(map: string, prefix: string, kinds: readonly Kind[], listed = false): MapRow {
  return {
    map,
    prefix,
    names: kinds.map(({ name }) => name),
    contexts: CONTEXTS,
    labelled: true,
    main: ['uri', 'kind'],
    read: (prop, state) => {
      // Japanese phones put the reading of the name into SOUND.
      if (prop.takeType('x-irmc-n') || prop.peek('X-IRMC-N') !== undefined) return undefined;
      const found = kinds.find(({ name }) => name === prop.name);
      const resource = readResource(prop, state, found?.main ?? 'text');
      if (resource.uri === undefined || found === undefined) return [];
      if (found.main !== 'text' && !isUri(textOf(resource.uri))) return undefined;
      const index = listed ? prop.peek('INDEX') : undefined;
      if (index !== undefined && /^[1-9]\d{0,8}$/.test(index)) resource.listAs = Number(prop.take('INDEX'));
      return found.kind === undefined ? resource : { kind: found.kind, ...resource };
    },
    write: (entry, state) => {
      const exact = kinds.find(({ kind }) => kind === entry.kind);
      if (exact !== undefined && (state.carry || exact.old)) return writeResource(entry, exact, state);
      return map === 'links' && !state.carry ? writeResource(entry, kinds[0], state) : undefined;
    },
  };
}

function writeResource(entry: JsonObject, kind: Kind | undefined, state: WriteState): Draft | undefined {
  const uri = textOf(entry.uri);
  if (uri === '' || kind === undefined) return undefined;
  const params: VCardParam[] = [];
  if (state.carry && typeof entry.listAs === 'number') params.push(param('INDEX', String(entry.listAs)));
  const mediaType = textOf(entry.mediaType);
  if (state.v4 || kind.main === 'text') {
    if (mediaType !== '' && state.carry) params.push(param('MEDIATYPE', mediaType));
    return { name: kind.name, value: uriValue(uri, !state.v4 && state.carry), params };
  }
  const head = INLINE.exec(uri);
  const body = head === null ? '' : uri.slice(head[0].length);
  const type = head === null ? '' : typeOf(`${head[1]}/${head[2]}`, kind.main);
  const named = head === null && mediaType !== '' ? typeOf(mediaType, kind.main) : '';
  if (mediaType !== '' && named === '' && state.carry) params.push(param('MEDIATYPE', mediaType));
  if (body !== '' && type !== '' && isBase64(body)) {
    return { name: kind.name, value: body, params: [param('ENCODING', 'b'), ...params], types: [type] };
  }
  return {
    name: kind.name,
    value: uriValue(uri, state.carry),
    params: [param('VALUE', 'uri'), ...params],
    types: named === '' ? [] : [named],
  };
}

/** The TYPE that reads back as this media type; '' when there is none. */
function typeOf(mediaType: string, main: string): string {
  if (!/^[a-z]+\/[a-z0-9.+-]+$/.test(mediaType)) return '';
  const type = TYPES.get(mediaType) ?? (mediaType.split('/')[1] ?? '').toUpperCase();
  return mediaTypeOf(type, main) === mediaType && !/^(HOME|WORK|PREF)$/.test(type) ? type : '';
}

export const media = resourceRow('media', 'm', [
  { name: 'PHOTO', kind: 'photo', main: 'image', old: true },
  { name: 'LOGO', kind: 'logo', main: 'image', old: true },
  { name: 'SOUND', kind: 'sound', main: 'audio', old: true },
]);
export const cryptoKeys = resourceRow('cryptoKeys', 'k', [{ name: 'KEY', main: 'application', old: true }]);
export const links = resourceRow('links', 'l', [
  { name: 'URL', main: 'text', old: true },
  { name: 'CONTACT-URI', kind: 'contact', main: 'text' },
]);
export const directories = resourceRow(
  'directories',
  'd',
  [
    { name: 'SOURCE', kind: 'entry', main: 'text', old: true },
    { name: 'ORG-DIRECTORY', kind: 'directory', main: 'text' },
  ],
  true,
);
export const calendars = resourceRow('calendars', 'c', [
  { name: 'CALURI', kind: 'calendar', main: 'text', old: true },
  { name: 'FBURL', kind: 'freeBusy', main: 'text', old: true },
]);
export const schedulingAddresses = resourceRow('schedulingAddresses', 's', [
  { name: 'CALADRURI', main: 'text', old: true },
]);
