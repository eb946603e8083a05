/** The formats `vcard` (reads every version, writes 4.0), `vcard3` and `vcard2.1` (for other programs). */
import type { Card } from '../../model/card.js';
import type { Format, FormatItem, FormatLoss, ReadOptions, WriteOptions } from '../types.js';
import { readVCards } from './lines.js';
import { cardFromVCard, cardToVCard } from './map.js';
import { cardToVCard21 } from './write21.js';

export { cardFromVCard, cardToVCard, parseVCard } from './map.js';
export type { CardToVCardOptions } from './map.js';

const BEGIN = /^(?:\ufeff|\u00ef\u00bb\u00bf|[ \t\r\n\u0000])*BEGIN[ \t]*:[ \t]*VCARD[ \t]*(?:[\r\n]|$)/i;
const LATER_BEGIN = /[\r\n]BEGIN[ \t]*:[ \t]*VCARD[ \t]*[\r\n]/i;

/** BEGIN:VCARD at the start, after marks and blank lines, in UTF-8 or UTF-16; further down it is less sure. */
function sniff(head: Uint8Array): number {
  const bytes = Buffer.from(head.buffer, head.byteOffset, Math.min(head.byteLength, 65_536));
  const text = bytes.toString('latin1').replace(/^\u00ff\u00fe|^\u00fe\u00ff/, '');
  const narrow = text.includes('\u0000') ? text.replaceAll('\u0000', '') : text;
  if (BEGIN.test(narrow)) return 1;
  return LATER_BEGIN.test(narrow) ? 0.6 : 0;
}

async function* read(source: AsyncIterable<Uint8Array>, options: ReadOptions): AsyncGenerator<FormatItem> {
  const lineOptions = options.encoding === undefined ? {} : { encoding: options.encoding };
  for await (const raw of readVCards(source, lineOptions)) {
    if ('error' in raw) {
      yield { error: raw.error, ...(raw.hint === undefined ? {} : { hint: raw.hint }), line: raw.line, raw: raw.raw };
    } else {
      const { card, warnings, uidMissing } = cardFromVCard(raw);
      yield { card, line: raw.line, warnings, ...(uidMissing ? { uidDerived: true as const } : {}) };
    }
  }
}

function writer(version: '3.0' | '4.0'): Format['write'] {
  return async function* write(
    cards: AsyncIterable<Card> | Iterable<Card>,
    options: WriteOptions,
    onLoss: (loss: FormatLoss) => void,
  ): AsyncGenerator<string> {
    const maker = options.prodId === undefined ? {} : { prodId: options.prodId };
    for await (const card of cards) yield cardToVCard(card, { version, carry: version === '4.0', ...maker, onLoss });
  };
}

export const vcard: Format = {
  name: 'vcard',
  title: 'vCard (reads 2.1, 3.0 and 4.0, writes 4.0)',
  extensions: ['vcf', 'vcard'],
  mediaType: 'text/vcard',
  sniff,
  read,
  write: writer('4.0'),
};

export const vcard3: Format = {
  name: 'vcard3',
  title: 'vCard 3.0 for other programs',
  extensions: ['vcf'],
  mediaType: 'text/vcard',
  sniff: (head) => sniff(head) * 0.9,
  read,
  write: writer('3.0'),
};

export const vcard21: Format = {
  name: 'vcard2.1',
  title: 'vCard 2.1 for old programs and devices',
  extensions: ['vcf'],
  mediaType: 'text/x-vcard',
  sniff: (head) => sniff(head) * 0.8,
  read,
  async *write(cards, _options, onLoss) {
    for await (const card of cards) yield cardToVCard21(card, { onLoss });
  },
};
