/**
 * vCard 2.1 for programs that know nothing newer: CHARSET and QUOTED-PRINTABLE per property, bare parameters, BASE64
 * blocks. What it cannot hold is told, by reading back what was written.
 */
import type { Card } from '../../model/card.js';
import { diffCards } from '../../model/normalize.js';
import type { FormatLoss } from '../types.js';
import { parseVCards, splitEscaped } from './lines.js';
import { cardFromVCard } from './map-read.js';
import { cardToProperties } from './map-write.js';
import { qpAtoms, qpLines } from './quoted-printable-write.js';
import type { VCardParam, VCardProperty } from './types.js';
import { plainText } from './values.js';

export interface CardToVCard21Options {
  onLoss?(loss: FormatLoss): void;
}

/**
 * Properties of the 2.1 specification, and two that it does not list but that programs which still read 2.1 know
 * (Outlook: [MS-OXVCARD], Android). All others are `X-` or left out.
 */
const KNOWN: ReadonlySet<string> = new Set(
  (
    'FN N PHOTO BDAY ADR LABEL TEL EMAIL MAILER TZ GEO TITLE ROLE LOGO ORG NOTE REV SOUND URL UID KEY ' +
    'NICKNAME CATEGORIES'
  ).split(' '),
);
/** Values that are text: backslashes, commas and line breaks in them are what they are. */
const TEXT: ReadonlySet<string> = new Set('FN LABEL TEL EMAIL MAILER TZ TITLE ROLE NOTE UID'.split(' '));
const LISTS: ReadonlySet<string> = new Set(['NICKNAME', 'CATEGORIES']);
/** How a list in a component becomes one text: 2.1 has none. By component, the last for all that follow. */
const JOINTS: Readonly<Record<string, readonly string[]>> = { N: [' ', ' ', ' ', ' ', ', '], ADR: [', '], ORG: [', '] };

/** TYPE values of 2.1, written bare and in capitals. */
const TYPES: ReadonlySet<string> = new Set(
  (
    'DOM INTL POSTAL PARCEL HOME WORK PREF VOICE FAX MSG CELL PAGER BBS MODEM CAR ISDN VIDEO AOL INTERNET X400 GIF CGM ' +
    'WMF BMP MET PMB DIB PICT TIFF PS PDF JPEG MPEG MPEG2 AVI QTIME WAVE PCM AIFF X509 PGP PNG'
  ).split(' '),
);
const LABEL = 'X-ABLabel';
const MAX_LINE = 76;
const SAFE = /^[!#-+\--9<>-[\]_-~ ]+$/;

/** The vCard of a card, from BEGIN to END, with CR LF. */
export function cardToVCard21(card: Card, options: CardToVCard21Options = {}): string {
  const lines = ['BEGIN:VCARD\r\nVERSION:2.1\r\n'];
  for (const property of propertiesOf(card)) lines.push(lineOf(property));
  lines.push('END:VCARD\r\n');
  const text = lines.join('');
  if (options.onLoss !== undefined) tellLosses(card, text, options.onLoss);
  return text;
}

/** What 2.1 has of the properties; a label of ours stays only beside what it is the label of. */
function propertiesOf(card: Card): VCardProperty[] {
  const found = cardToProperties(card, { version: '3.0', carry: false })
    .map((property) => (property.name === 'IMPP' ? { ...property, name: 'X-SOCIALPROFILE' } : property))
    .filter(({ name }) => KNOWN.has(name) || /^X-/i.test(name));
  const groups = new Set(found.map(({ name, group }) => (name === LABEL ? undefined : group?.toLowerCase())));
  return found.filter(({ name, group }) => name !== LABEL || groups.has(group?.toLowerCase()));
}

function tellLosses(card: Card, text: string, onLoss: (loss: FormatLoss) => void): void {
  const [raw] = parseVCards(text);
  if (raw === undefined || 'error' in raw) throw new Error('a vCard 2.1 that cannot be read back');
  for (const { field, kind, expected, found } of diffCards(card, cardFromVCard(raw).card)) {
    if (kind === 'extra') continue;
    const detail = kind === 'changed' && found !== undefined ? `${expected ?? ''} -> ${found}` : (expected ?? '');
    onLoss({ field, uid: card.uid, detail });
  }
}

function lineOf(property: VCardProperty): string {
  const header = headerOf(property);
  if (property.params.some(({ name }) => name === 'ENCODING'))
    return base64Lines(`${header};ENCODING=BASE64:`, property.value);
  const { text, atoms } = valueOf(property);
  if (text !== undefined && header.length + 1 + text.length <= MAX_LINE) return `${header}:${text}\r\n`;
  const charset = /[^\x00-\x7f]/.test(property.value) ? ';CHARSET=UTF-8' : '';
  return qpLines(`${header}${charset};ENCODING=QUOTED-PRINTABLE:`, atoms, MAX_LINE);
}

function headerOf({ group, name, params, value }: VCardProperty): string {
  const parts = [group === undefined ? name : `${group}.${name}`];
  for (const one of params) parts.push(...parametersOf(name, one));
  if (name === 'EMAIL' && value.includes('@') && !parts.includes('INTERNET')) parts.push('INTERNET');
  return parts.join(';');
}

/** 2.1 has no way to quote: what needs it is left out. */
function parametersOf(property: string, { name, values }: VCardParam): string[] {
  if (name === 'ENCODING') return [];
  if (name === 'TYPE') return values.flatMap((value) => typeOf(property, value));
  const value = values[0] ?? '';
  if (name === 'VALUE' && !property.startsWith('X-')) return /^ur[il]$/i.test(value) ? ['VALUE=URL'] : [];
  return values.length === 1 && SAFE.test(value) ? [`${name}=${value}`] : [];
}

function typeOf(property: string, value: string): string[] {
  const upper = value.toUpperCase();
  if (TYPES.has(upper)) return [upper];
  if (!/^[A-Za-z0-9-]+$/.test(value)) return [];
  // Android's own labels look like this: a reader would take it for one.
  if (property === 'TEL' && upper.startsWith('X-')) return [];
  return [`TYPE=${value}`];
}

/** The value as it may stand in the line (undefined: not without quoted-printable), and in pieces to encode. */
function valueOf({ name, value }: VCardProperty): { text: string | undefined; atoms: string[] } {
  if (Object.hasOwn(JOINTS, name)) return structured(splitEscaped(value, ';').map((part, i) => joined(part, name, i)));
  if (LISTS.has(name)) return listed(splitEscaped(value, ',').map(plainText));
  if (TEXT.has(name)) return textual(plainText(value));
  const text = /^[!-~](?:[ -~]*[!-~])?$|^$/.test(value) ? value : undefined;
  return { text, atoms: qpAtoms(value, { '\\': '\\' }) };
}

function joined(part: string, name: string, index: number): string {
  const joints = JOINTS[name] ?? [];
  const items = name === 'ORG' ? [part] : splitEscaped(part, ',');
  return items.map(plainText).join(joints[index] ?? joints.at(-1) ?? ', ');
}

/** ASCII without backslashes, which readers of later versions would take for escapes, and no blanks at either end. */
const PLAIN = /^[!-[\]-~](?:[ -[\]-~]*[!-[\]-~])?$|^$/;

function textual(text: string): { text: string | undefined; atoms: string[] } {
  return { text: PLAIN.test(text) ? text : undefined, atoms: qpAtoms(text) };
}

/** Components between semicolons; one in the text gets the only escape that 2.1 knows. */
function structured(parts: readonly string[]): { text: string | undefined; atoms: string[] } {
  const plain = parts.every((part) => PLAIN.test(part));
  const atoms = parts.flatMap((part, i) => [...(i === 0 ? [] : [';']), ...qpAtoms(part, { ';': '\\;' })]);
  return { text: plain ? parts.map((part) => part.replace(/;/g, '\\;')).join(';') : undefined, atoms };
}

function listed(items: readonly string[]): { text: string | undefined; atoms: string[] } {
  const plain = items.every((item) => PLAIN.test(item));
  const atoms = items.flatMap((item, i) => [...(i === 0 ? [] : [',']), ...qpAtoms(item, { ',': '\\,' })]);
  return { text: plain ? items.map((item) => item.replace(/,/g, '\\,')).join(',') : undefined, atoms };
}

/** Indented lines, and the blank line that ends them. */
function base64Lines(header: string, value: string): string {
  const lines = [header];
  for (let at = 0; at < value.length; at += MAX_LINE - 2) lines.push(` ${value.slice(at, at + MAX_LINE - 2)}`);
  return `${lines.join('\r\n')}\r\n\r\n`;
}
