/** JSContact (RFC 9553): an array of Cards, one Card, or NDJSON; ContactCards of RFC 9610 too. */
import { Buffer } from 'node:buffer';
import type { Card } from '../model/card.js';
import { InputError } from '../model/errors.js';
import { cloneJson } from '../model/json.js';
import { checkCard, checkNesting } from './card-check.js';
import { type JsonRecord, splitJson } from './json-split.js';
import { headText } from './head.js';
import type { Format, FormatItem } from './types.js';

export const jscontact: Format = {
  name: 'jscontact',
  title: 'JSContact (JSON)',
  extensions: ['json', 'jsonl', 'ndjson', 'jscontact'],
  mediaType: 'application/jscontact+json',

  sniff(head) {
    const text = headText(head).trimStart();
    if (!/^[[{]/.test(text)) return 0;
    if (/"@type"\s*:\s*"Card"/.test(text)) return 0.95;
    if (/^\[\s*\]\s*$/.test(text)) return 0.5;
    return /^(\[\s*)?\{/.test(text) ? 0.3 : 0;
  },

  async *read(source, options) {
    for await (const record of splitJson(source, options.encoding)) yield readRecord(record);
  },

  async *write(cards, _options, onLoss) {
    let count = 0;
    for await (const card of cards) {
      yield `${count === 0 ? '[' : ','}\n${cardText(card, onLoss)}`;
      count += 1;
    }
    yield count === 0 ? '[]\n' : '\n]\n';
  },
};

function readRecord(record: JsonRecord): FormatItem {
  const { text, line, index } = record;
  try {
    if (record.error !== undefined) throw new InputError(record.error);
    const { card, warnings, uidMissing } = checkCard(parse(text));
    if (text.includes('\ufffd'))
      warnings.push('some letters are not UTF-8 and were replaced (--encoding names the charset)');
    if (uidMissing) warnings.push('no uid: one was derived from the content');
    return { card, line, warnings, ...(uidMissing ? { uidDerived: true } : {}) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    const { hint } = error;
    return {
      error: `contact ${index}: ${error.message}`,
      ...(hint === undefined ? {} : { hint }),
      line,
      raw: Buffer.from(text, 'utf8'),
    };
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InputError(`no JSON: ${why.length > 120 ? `${why.slice(0, 120)}...` : why}`, { cause });
  }
}

const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** One card on one line. `extra` is a reserved name that no Card may have (RFC 9553, section 1.7.1). */
function cardText(card: Card, onLoss: Parameters<Format['write']>[2]): string {
  checkNesting(card);
  const whole: Card = { ...cloneJson(card), '@type': 'Card', version: '1.0' };
  if (Object.hasOwn(whole, 'extra')) {
    delete whole.extra;
    onLoss({ field: 'other', uid: card.uid, detail: 'extra is a reserved name' });
  }
  const text = JSON.stringify(whole);
  // JSON.stringify writes lone surrogates, and only them, as escapes in lower case.
  if (!/\\ud[89a-f]/.test(text)) return text;
  return JSON.stringify(whole, (_key, value: unknown) =>
    typeof value === 'string' ? value.replace(LONE_SURROGATES, '\ufffd') : value,
  );
}
