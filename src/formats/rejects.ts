/** Records that could not be read, put into a file that the reader of their format takes again. */
import { Buffer } from 'node:buffer';

const BEGIN = /^(?:\u00ef\u00bb\u00bf|\s)*BEGIN[ \t]*:[ \t]*VCARD[ \t]*[\r\n]/i;
const END = /[\r\n][ \t]*END[ \t]*:[ \t]*VCARD\s*$/i;
/** Bytes at either end of a record that are looked at. */
const EDGE = 1024;

/**
 * Whether a record can stand in a file of its format: it may be wrong, but it begins and ends where the reader expects it.
 * Text between records, binary data and records that were cut can not.
 */
export function standsAlone(format: string, raw: Uint8Array): boolean {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength);
  if (format.startsWith('vcard'))
    return BEGIN.test(bytes.toString('latin1', 0, EDGE)) && END.test(bytes.subarray(-EDGE).toString('latin1'));
  return !(format === 'jscontact' || format === 'jcard') || isJson(bytes.toString('utf8'));
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/**
 * The records that stand alone, as one file of the format. Yields nothing when there are none.
 *
 * @param head what the file must begin with: the header row of a table
 */
export async function* rejectsFile(
  format: string,
  raws: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
  head?: Uint8Array,
): AsyncGenerator<Uint8Array | string> {
  const list = format === 'jscontact';
  let count = 0;
  for await (const raw of raws) {
    if (count === 0 && head !== undefined) yield head;
    if (list) yield count === 0 ? '[\n' : ',\n';
    yield list ? trimmed(raw) : raw;
    if (!list && raw.at(-1) !== 0x0a) yield '\r\n';
    count += 1;
  }
  if (list && count > 0) yield '\n]\n';
}

/** What stands in no such file, as it stood, for people. */
export async function* straysFile(
  raws: AsyncIterable<Uint8Array> | Iterable<Uint8Array>,
): AsyncGenerator<Uint8Array | string> {
  for await (const raw of raws) {
    yield raw;
    if (raw.at(-1) !== 0x0a) yield '\r\n';
  }
}

function trimmed(raw: Uint8Array): string {
  return Buffer.from(raw.buffer, raw.byteOffset, raw.byteLength).toString('utf8').trim();
}
