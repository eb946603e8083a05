/** Bytes to text: by byte order mark, by the encoding that the XML declaration names, else as the user says or UTF-8. */
import { Buffer } from 'node:buffer';
import { TextDecoder } from 'node:util';
import { UsageError } from '../../model/errors.js';
import { printable } from '../../model/text.js';

const HEAD = 1024;

export async function* decodeXml(
  source: AsyncIterable<Uint8Array>,
  encoding: string | undefined,
): AsyncGenerator<string, void, undefined> {
  let decoder: TextDecoder | undefined;
  let first = Buffer.alloc(0);
  for await (const chunk of source) {
    if (decoder) {
      yield decoder.decode(chunk, { stream: true });
      continue;
    }
    first = Buffer.concat([first, chunk]);
    if (first.length < HEAD) continue;
    decoder = decoderFor(first, encoding);
    yield decoder.decode(first, { stream: true });
  }
  decoder ??= decoderFor(first, encoding);
  yield first.length < HEAD ? decoder.decode(first) : decoder.decode();
}

function decoderFor(head: Buffer, encoding: string | undefined): TextDecoder {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0x3c && head[1] === 0)) return new TextDecoder('utf-16le');
  if ((head[0] === 0xfe && head[1] === 0xff) || (head[0] === 0 && head[1] === 0x3c)) return new TextDecoder('utf-16be');
  const declared = /^(?:\xef\xbb\xbf)?\s*<\?xml[^>]{0,200}?\sencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(
    head.toString('latin1', 0, HEAD),
  )?.[1];
  const known = declared === undefined || /^utf-?16/i.test(declared) ? undefined : tryDecoder(declared);
  if (known !== undefined) return known;
  const chosen = tryDecoder(encoding ?? 'utf-8');
  if (chosen !== undefined) return chosen;
  throw new UsageError(`"${printable(encoding ?? '')}" is no charset that can be read`, {
    hint: 'XML says what it is written in; leave --encoding out',
  });
}

function tryDecoder(label: string): TextDecoder | undefined {
  try {
    return new TextDecoder(label);
  } catch {
    return undefined;
  }
}
