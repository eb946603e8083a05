/** Every file format there is: name and extensions at once, the code when asked for. A new format is one line here. */
import { InputError, UsageError } from '../model/errors.js';
import { nearest } from '../model/nearest.js';
import { printable } from '../model/text.js';
import { headText } from './head.js';
import type { Format } from './types.js';

export interface FormatEntry {
  name: string;
  title: string;
  extensions: readonly string[];
  load(): Promise<Format>;
}

/** In the order of help texts; of two that fit a file equally well the first wins. */
export const FORMATS: readonly FormatEntry[] = [
  {
    name: 'vcard',
    title: 'vCard (reads 2.1, 3.0 and 4.0, writes 4.0)',
    extensions: ['vcf', 'vcard'],
    load: async () => (await import('./vcard/index.js')).vcard,
  },
  {
    name: 'vcard3',
    title: 'vCard 3.0 for other programs',
    extensions: [],
    load: async () => (await import('./vcard/index.js')).vcard3,
  },
  {
    name: 'jscontact',
    title: 'JSContact (JSON)',
    extensions: ['json', 'jsonl', 'ndjson', 'jscontact'],
    load: async () => (await import('./jscontact.js')).jscontact,
  },
];

/** The format of that name, without regard to case. @throws UsageError with the nearest name */
export async function formatByName(name: string): Promise<Format> {
  const wanted = name.toLowerCase();
  const entry = FORMATS.find((candidate) => candidate.name === wanted);
  if (entry) return entry.load();
  const near = nearest(name, names());
  throw new UsageError(`there is no format "${printable(name)}"`, {
    hint: near === undefined ? `there are: ${names().join(', ')}` : `did you mean "${near}"?`,
  });
}

/** The format of a file that is to be written, by the extension of its name, else `fallback`. */
export async function formatByExtension(fileName: string, fallback = 'jscontact'): Promise<Format> {
  const extension = extensionOf(fileName);
  const entry = FORMATS.find((candidate) => candidate.extensions.includes(extension));
  return entry ? entry.load() : formatByName(fallback);
}

/**
 * The format of a file that begins with `head` (up to 64 KiB): by content, then by name. A name alone decides only
 * where the content does not speak against it.
 *
 * @throws InputError when the file is empty, binary, or of no known format
 */
export async function sniffFormat(head: Uint8Array, fileName?: string): Promise<Format> {
  const what = fileName === undefined ? 'the input' : printable(fileName);
  const text = headText(head);
  if (text.trim() === '') throw new InputError(`${what} is empty`, { hint: 'nothing was read' });
  refuseBinary(head, text, what);
  const best = await bestFormat(head, fileName === undefined ? '' : extensionOf(fileName));
  if (best) return best;
  throw new InputError(`${what} is no contacts file that is known`, {
    hint: `name its format with --from or --format: ${names().join(', ')}`,
  });
}

/** Surest first; the extension breaks ties and is what counts when no format knows the content. */
async function bestFormat(head: Uint8Array, extension: string): Promise<Format | undefined> {
  const named = FORMATS.filter((entry) => extension !== '' && entry.extensions.includes(extension));
  let best: Format | undefined;
  let bestScore = 0;
  for (const entry of [...named, ...FORMATS.filter((other) => !named.includes(other))]) {
    const format = await entry.load();
    const score = format.sniff(head);
    if (score >= 0.9 && best === undefined) return format;
    if (score > bestScore) {
      best = format;
      bestScore = score;
    }
  }
  return best ?? (named[0] && looksDamaged(extension, head) ? named[0].load() : undefined);
}

/** A vCard file may begin with junk or in the middle of a card: the reader reports that better than a refusal does. */
function looksDamaged(extension: string, head: Uint8Array): boolean {
  return extension === 'vcf' || extension === 'vcard' || /[[{]/.test(headText(head).trimStart().charAt(0));
}

/** First bytes of files that people pass by mistake, and what to do with them. */
const MAGIC: readonly [hex: string, what: string, hint: string][] = [
  ['504b0304', 'a ZIP archive or an Office document', 'unpack it, or export as CSV or vCard'],
  ['1f8b', 'a gzip archive', 'unpack it first: gunzip'],
  ['425a68', 'a bzip2 archive', 'unpack it first: bunzip2'],
  ['fd377a585a00', 'an xz archive', 'unpack it first: unxz'],
  ['25504446', 'a PDF document', 'export the contacts as vCard or CSV'],
  ['d0cf11e0', 'an old Office or Outlook document', 'export the contacts as CSV or vCard'],
  ['2142444e', 'an Outlook data file (PST)', 'export the contacts from Outlook as CSV or vCard'],
  ['53514c69746520666f726d61742033', 'an SQLite database', 'export the contacts as vCard'],
  ['89504e47', 'a picture', 'give a contacts file'],
  ['ffd8ff', 'a picture', 'give a contacts file'],
  ['47494638', 'a picture', 'give a contacts file'],
  ['62706c697374', 'a binary property list', 'export the contacts as vCard'],
];

function refuseBinary(head: Uint8Array, text: string, what: string): void {
  const hex = Array.from(head.subarray(0, 16), (byte) => byte.toString(16).padStart(2, '0')).join('');
  const known = MAGIC.find(([magic]) => hex.startsWith(magic));
  if (known) throw new InputError(`${what} is ${known[1]}, no contacts file`, { hint: known[2] });
  const sample = text.slice(0, 4096);
  const zeros = sample.length - sample.replaceAll('\0', '').length;
  // A few zeros are damage, many are another kind of file.
  if (zeros > 0 && zeros * 50 > sample.length && !/BEGIN:VCARD/i.test(text)) {
    throw new InputError(`${what} is a binary file`, { hint: 'give a vCard, CSV or JSON file' });
  }
}

function extensionOf(fileName: string): string {
  return /\.([A-Za-z0-9]{1,12})$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

function names(): string[] {
  return FORMATS.map((entry) => entry.name);
}
