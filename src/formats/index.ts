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
    name: 'vcard2.1',
    title: 'vCard 2.1 for old programs and devices',
    extensions: [],
    load: async () => (await import('./vcard/index.js')).vcard21,
  },
  {
    name: 'jscontact',
    title: 'JSContact (JSON)',
    extensions: ['json', 'jsonl', 'ndjson', 'jscontact'],
    load: async () => (await import('./jscontact.js')).jscontact,
  },
  {
    name: 'jcard',
    title: 'jCard (JSON)',
    extensions: ['jcard'],
    load: async () => (await import('./jcard/index.js')).jcard,
  },
  {
    name: 'xcard',
    title: 'xCard (XML)',
    extensions: ['xcard', 'xml'],
    load: async () => (await import('./xcard/index.js')).xcard,
  },
  {
    name: 'ldif',
    title: 'LDIF (Thunderbird)',
    extensions: ['ldif', 'ldi'],
    load: async () => (await import('./ldif/index.js')).ldif,
  },
  {
    name: 'csv',
    title: 'CSV (reads every program, writes all there is)',
    extensions: ['csv', 'tsv'],
    load: async () => (await import('./csv/index.js')).csv,
  },
  {
    name: 'csv-outlook',
    title: 'CSV for Outlook',
    extensions: [],
    load: async () => (await import('./csv/index.js')).csvOutlook,
  },
  {
    name: 'csv-outlook-com',
    title: 'CSV for outlook.com',
    extensions: [],
    load: async () => (await import('./csv/index.js')).csvOutlookCom,
  },
  {
    name: 'csv-google',
    title: 'CSV for Google Contacts',
    extensions: [],
    load: async () => (await import('./csv/index.js')).csvGoogle,
  },
  {
    name: 'csv-yahoo',
    title: 'CSV for Yahoo',
    extensions: [],
    load: async () => (await import('./csv/index.js')).csvYahoo,
  },
  {
    name: 'csv-thunderbird',
    title: 'CSV for Thunderbird',
    extensions: [],
    load: async () => (await import('./csv/index.js')).csvThunderbird,
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
  if (text.trim() === '') {
    const why = head.length === 0 ? 'there are no bytes in it' : 'there are only blanks in it';
    const hint = 'check that it is the right file, and that its export came to its end';
    throw new InputError(`${what} is empty`, { why, hint });
  }
  refuseBinary(head, text, what);
  const best = await bestFormat(head, fileName === undefined ? '' : extensionOf(fileName));
  if (best) return best;
  throw new InputError(`${what} is no contacts file that is known`, {
    why: `it begins with "${printable(text.trimStart().slice(0, 40))}"`,
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
  if (known)
    throw new InputError(`${what} is ${known[1]}, no contacts file`, { why: 'its first bytes say so', hint: known[2] });
  if (/BEGIN:VCARD/i.test(text)) return;
  if (isWebPage(text)) {
    const hint = 'export or download the contacts again: the server may have asked to sign in first';
    throw new InputError(`${what} is a web page, no contacts file`, { why: 'it holds HTML', hint });
  }
  const sample = text.slice(0, 4096);
  const controls = sample.length - sample.replace(CONTROLS, '').length;
  // A few are damage, many are another kind of file: of random bytes one in ten.
  if (controls * 50 > sample.length) {
    const hint = 'give a vCard, CSV or JSON file';
    throw new InputError(`${what} is a binary file`, { why: 'its bytes are no text', hint });
  }
}

/** No line ends, tabs, form feeds, escapes. */
const CONTROLS = /[\u0000-\u0008\u000b\u000e-\u001a\u001c-\u001f\u007f]/g;

function isWebPage(text: string): boolean {
  const start = text.slice(0, 4096).replace(/<\?[^>]*>|<!--[^]*?-->/g, '');
  return /^\s*<(?:!doctype\s+html|html|head|body)\b/i.test(start);
}

function extensionOf(fileName: string): string {
  return /\.([A-Za-z0-9]{1,12})$/.exec(fileName)?.[1]?.toLowerCase() ?? '';
}

function names(): string[] {
  return FORMATS.map((entry) => entry.name);
}
