/** The options that say what is in a contact, for `add` and `update`. */
import type { Command } from 'commander';
import { Option } from 'commander';
import type { Context } from '../context.js';
import type { Card } from '../model/card.js';
import { InputError, UsageError } from '../model/errors.js';
import { addAddress, addTyped, setField } from '../model/build.js';
import { sniffImage, toDataUri } from '../model/view.js';
import { collect, readAll } from './shared.js';

export interface FieldOptions {
  name?: string;
  prefix?: string;
  given?: string;
  middle?: string;
  family?: string;
  suffix?: string;
  nickname?: string;
  email?: string[];
  phone?: string[];
  address?: string[];
  org?: string;
  department?: string;
  title?: string;
  url?: string;
  birthday?: string;
  anniversary?: string;
  note?: string;
  category?: string[];
  photo?: string;
  from?: string;
}

/** Single values, in the order of the help. */
const SINGLE = [
  ['name', 'full name'],
  ['prefix', 'such as Dr.'],
  ['given', 'given name'],
  ['middle', 'middle name'],
  ['family', 'family name'],
  ['suffix', 'such as Jr.'],
  ['nickname', 'nickname'],
  ['org', 'organization'],
  ['department', 'department'],
  ['title', 'job title'],
  ['url', 'web page'],
  ['birthday', 'YYYY-MM-DD, or --MM-DD without the year'],
  ['anniversary', 'wedding day'],
  ['note', 'note'],
] as const;

const MANY = [
  ['email', '[type:]address', 'e-mail address; types: home, work, or a word of your own'],
  ['phone', '[type:]number', 'phone; types: home, work, mobile, fax, home-fax, work-fax, pager, other'],
  ['address', 'type:parts', 'street=…;city=…;state=…;postcode=…;country=…'],
  ['category', 'name', 'category'],
] as const;

const GROUP = 'Contact:';

export function addFieldOptions(command: Command): Command {
  for (const [name, help] of SINGLE) command.addOption(new Option(`--${name} <text>`, help).helpGroup(GROUP));
  for (const [name, value, help] of MANY)
    command.addOption(
      new Option(`--${name} <${value}>`, `${help} (may be repeated)`).argParser(collect).helpGroup(GROUP),
    );
  return command
    .addOption(new Option('--photo <file>', 'picture').helpGroup(GROUP))
    .addOption(
      new Option('--from <file>', 'a vCard or JSContact file, - for stdin; other options win').helpGroup(GROUP),
    );
}

export function hasFields(options: FieldOptions): boolean {
  return [...SINGLE.map(([name]) => name), ...MANY.map(([name]) => name), 'photo', 'from'].some((name) =>
    Object.hasOwn(options, name),
  );
}

/** A wrong value of an option is wrong usage. @throws UsageError */
export function fromOption<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { why, hint } = error;
    throw new UsageError(error.message, {
      ...(why === undefined ? {} : { why }),
      ...(hint === undefined ? {} : { hint }),
      cause: error,
    });
  }
}

/** Writes the options into the card: single values replace, repeated ones of `add` are appended. */
export async function applyFields(card: Card, options: FieldOptions, context: Context): Promise<void> {
  fromOption(() => applyTexts(card, options));
  if (options.photo !== undefined) setPhoto(card, await photoFrom(options.photo, context));
}

function applyTexts(card: Card, options: FieldOptions): void {
  for (const [name] of SINGLE) {
    const value = options[name];
    if (value === undefined) continue;
    if (value.trim() === '') throw new UsageError(`--${name} is empty`, { hint: `update has --remove ${name}` });
    setField(card, name, value);
  }
  for (const value of options.email ?? []) addTyped(card, 'email', value);
  for (const value of options.phone ?? []) addTyped(card, 'phone', value);
  for (const value of options.address ?? []) addAddress(card, value);
  for (const value of options.category ?? []) setField(card, 'category', value);
}

/** Replaces the picture of the card (media kind `photo`). */
function setPhoto(card: Card, uri: string): void {
  const kept = Object.entries(card.media ?? {}).filter(([, entry]) => entry.kind !== 'photo');
  card.media = { ...Object.fromEntries(kept), photo: { '@type': 'Media', kind: 'photo', uri } };
}

/** A picture file as a data: URI. @throws InputError when it is no picture */
async function photoFrom(file: string, context: Context): Promise<string> {
  const bytes = await readBytes(file, context);
  const mediaType = sniffImage(bytes);
  if (mediaType === undefined) {
    throw new InputError(`${file} is no picture`, { hint: 'JPEG, PNG, GIF and WebP are understood' });
  }
  return toDataUri({ mediaType, bytes });
}

/** All of a file, or of stdin for `-`. @throws NotFound, InputError */
export async function readBytes(file: string, context: Context): Promise<Uint8Array> {
  if (file === '-') return readAll(context.io.stdin);
  const { fileChunks } = await import('../store/chunks.js');
  const chunks: Uint8Array[] = [];
  for await (const chunk of fileChunks(file, context.signal)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** The one card of a vCard or JSContact file (`--from`). @throws InputError, UsageError */
export async function cardFrom(file: string, context: Context): Promise<Card> {
  const bytes = await readBytes(file, context);
  const { sniffFormat } = await import('../formats/index.js');
  const format = await sniffFormat(bytes.subarray(0, 65536), file);
  const cards: Card[] = [];
  for await (const item of format.read(one(bytes), {})) {
    if ('error' in item)
      throw new InputError(
        `${file}, line ${item.line}: ${item.error}`,
        item.hint === undefined ? {} : { hint: item.hint },
      );
    cards.push(item.card);
  }
  const [card] = cards;
  if (!card || cards.length > 1) {
    throw new UsageError(`${file} holds ${cards.length} contacts, --from takes one`, {
      hint: 'use "cardferry import" for many',
    });
  }
  return card;
}

async function* one(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
