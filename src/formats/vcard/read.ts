/** Lines to cards: unfolding, soft breaks, base64 blocks, nested cards, limits. A bad card never costs its neighbours. */
import { printable } from '../../model/text.js';
import { ValueDecoder } from './charset.js';
import { MAX_BROKEN_RAW, MAX_CARD, MAX_NESTING, MAX_PROPERTIES, MAX_VALUE, MAX_WARNINGS } from './limits.js';
import { type Header, isBlank, toProperty, trimBlanks } from './line-property.js';
import { afterMarker, isBareAgent, isPadding, marker, withoutMarks } from './markers.js';
import { PendingLine } from './pending.js';
import { LineSource } from './split.js';
import { escapeText } from './text.js';
import type { RawCard, VCardVersion } from './types.js';

/** A record that yields nothing usable: beyond a limit, without any property, or no vCard at all. */
export interface BrokenCard {
  error: string;
  hint?: string;
  line: number;
  raw: Uint8Array;
}

export interface VCardReadOptions {
  /** Charset of values that are not UTF-8 and say nothing; windows-1252 when absent. */
  encoding?: string;
  /** Fill `raw` of good cards too. */
  keepRaw?: boolean;
}

interface OpenCard extends RawCard {
  versionSeen: boolean;
  size: number;
  more: number;
}

/** Inside a nested AGENT card, or in the rest of a card beyond a limit: only BEGIN and END are looked at. */
interface Skipping {
  depth: number;
  /** Lines of the nested card; undefined when they are dropped. */
  text: string[] | undefined;
  agent: Header | undefined;
  line: number;
  /** The last line was a bare `AGENT:`. */
  afterAgent: boolean;
}

const VERSIONS: readonly VCardVersion[] = ['2.1', '3.0', '4.0'];
/** Push reader of vCards. Feed bytes with `push`, end with `finish`, take items with `next` until it is undefined. */
export class VCardReader {
  readonly #source: LineSource;
  readonly #decoder: ValueDecoder;
  readonly #keepRaw: boolean;
  #out: (RawCard | BrokenCard)[] = [];
  #card: OpenCard | undefined;
  #pending: PendingLine | undefined;
  #skipping: Skipping | undefined;
  #junk: { line: number } | undefined;
  #told = false;
  #ended = false;

  /** @throws UsageError for an unknown `encoding` */
  constructor(options: VCardReadOptions = {}) {
    this.#keepRaw = options.keepRaw ?? false;
    this.#decoder = new ValueDecoder(options.encoding);
    this.#source = new LineSource(options.encoding, this.#keepRaw ? MAX_CARD : MAX_CARD / 16);
  }

  push(chunk: Uint8Array): void {
    this.#source.push(chunk);
  }

  finish(): void {
    this.#source.finish();
  }

  next(): RawCard | BrokenCard | undefined {
    for (;;) {
      const item = this.#out.shift();
      if (item) return item;
      const text = this.#source.next();
      if (text !== undefined) this.#take(text);
      else if (this.#source.done && !this.#ended) this.#atEnd();
      else return undefined;
    }
  }

  #atEnd(): void {
    this.#ended = true;
    if (this.#skipping) this.#abortSkipping(false);
    if (this.#card) this.#close(false, 'END:VCARD is missing at the end of the file');
    this.#endJunk(false);
  }

  #take(raw: string): void {
    const text = this.#card ? raw : withoutMarks(raw);
    if (this.#skipping) this.#takeSkipped(this.#skipping, text);
    else if (!this.#continues(text)) this.#startLine(text);
    if (this.#card && !this.#skipping) this.#count(this.#card, text);
  }

  #count(card: OpenCard, text: string): void {
    card.size += text.length + 2;
    if (this.#source.tooLong || (this.#pending?.size ?? 0) > MAX_VALUE) {
      this.#refuse(
        card,
        `the value at line ${this.#pending?.number ?? this.#source.line} is longer than 64 MB (the limit)`,
      );
    } else if (card.size > MAX_CARD) {
      this.#refuse(card, 'the card is longer than 256 MB (the limit)');
    } else if (card.properties.length > MAX_PROPERTIES) {
      this.#refuse(card, 'the card has more than 200,000 properties (the limit)');
    }
  }

  /** True when the line went to the property at hand. */
  #continues(text: string): boolean {
    const taken = this.#pending?.take(text) ?? 'no';
    if (taken === 'end') this.#flush();
    return taken !== 'no';
  }

  #startLine(text: string): void {
    const mark = marker(text);
    const agent = this.#pending?.header?.name === 'AGENT' && this.#pending.isEmpty ? this.#pending.header : undefined;
    if (agent && mark === 'BEGIN') {
      this.#startNested(agent);
      return;
    }
    this.#flush();
    if (mark) this.#takeMarker(mark, text);
    else if (!this.#card) this.#outside(text);
    else if (trimBlanks(text) !== '') this.#startProperty(text);
  }

  #startProperty(text: string): void {
    const pending = new PendingLine(isBlank(text.charCodeAt(0)) ? trimBlanks(text) : text, this.#source.line);
    this.#pending = pending;
    if (pending.header?.name !== 'AGENT') return;
    if (marker(pending.first) === 'BEGIN') this.#startNested(pending.header);
  }

  #takeMarker(mark: 'BEGIN' | 'END', text: string): void {
    if (mark === 'BEGIN') {
      this.#begin();
      return;
    }
    if (this.#card) this.#close(false);
    const rest = afterMarker(text);
    // Files joined without a line end: END:VCARDBEGIN:VCARD.
    if (marker(rest) === 'BEGIN') this.#begin();
  }

  #begin(): void {
    if (this.#card) this.#close(true, 'END:VCARD is missing');
    this.#endJunk(true);
    this.#open();
  }

  #open(): void {
    this.#source.mark();
    this.#decoder.reset();
    const { line } = this.#source;
    this.#card = { version: '3.0', properties: [], line, warnings: [], versionSeen: false, size: 0, more: 0 };
    if (this.#source.unmarkedUtf16 && !this.#told) {
      this.#warn(`the file is ${this.#source.unmarkedUtf16.toUpperCase()} without a byte order mark; read as such`);
    }
    this.#told = true;
  }

  /** A line between cards. */
  #outside(text: string): void {
    if (isPadding(text)) return;
    const version = /^VERSION[ \t]*:[ \t]*([234]\.[01])[ \t]*$/i.exec(text)?.[1];
    if (version !== undefined && VERSIONS.some((known) => known === version)) {
      this.#endJunk(true);
      this.#open();
      this.#warn(`line ${this.#source.line}: BEGIN:VCARD is missing`);
      this.#startProperty(text);
    } else if (!this.#junk) {
      this.#junk = { line: this.#source.line };
      this.#source.mark();
    }
  }

  #endJunk(before: boolean): void {
    if (!this.#junk) return;
    const raw = this.#source.marked(before, MAX_BROKEN_RAW);
    this.#out.push({
      error: raw.includes(0) ? 'binary data, no vCard' : 'text outside of BEGIN:VCARD and END:VCARD',
      line: this.#junk.line,
      raw,
    });
    this.#junk = undefined;
    this.#source.unmark();
  }

  /** The property at hand is complete. */
  #flush(): void {
    const pending = this.#pending;
    const card = this.#card;
    this.#pending = undefined;
    if (!pending || !card) return;
    const { header, value } = pending.complete();
    if (!header) {
      this.#warn(`line ${pending.number}: no property, skipped: "${excerpt(value)}"`);
      return;
    }
    if (header.name === 'VERSION') this.#version(card, value, pending.number);
    else card.properties.push(toProperty(header, value, pending.number, this.#context()));
  }

  #context(): Parameters<typeof toProperty>[3] {
    return { decoder: this.#decoder, recoded: this.#source.recoded, warn: (message) => this.#warn(message) };
  }

  #version(card: OpenCard, value: string, line: number): void {
    const text = trimBlanks(value);
    const known = VERSIONS.find((version) => version === text || version.startsWith(text.charAt(0) || '?'));
    if (card.versionSeen) {
      if (known !== card.version) this.#warn(`line ${line}: a second VERSION (${excerpt(text)}), the first one counts`);
      return;
    }
    card.versionSeen = true;
    card.version = known ?? '3.0';
    if (known !== text) this.#warn(`line ${line}: unknown VERSION "${excerpt(text)}", read as ${card.version}`);
  }

  #warn(message: string): void {
    const card = this.#card;
    if (!card) return;
    if (card.warnings.length < MAX_WARNINGS) card.warnings.push(message);
    else card.more += 1;
  }

  // Nested cards, and cards beyond a limit.

  #startNested(agent: Header): void {
    this.#pending = undefined;
    this.#skipping = { depth: 1, text: ['BEGIN:VCARD'], agent, line: this.#source.line, afterAgent: false };
  }

  #refuse(card: OpenCard, error: string): void {
    this.#pending = undefined;
    const hint = `skipped; at most the first ${MAX_BROKEN_RAW / 1024} KB are kept, the rest is in the source only`;
    this.#out.push({ error, hint, line: card.line, raw: this.#source.marked(false, MAX_BROKEN_RAW) });
    this.#source.unmark();
    this.#card = undefined;
    const depth = (this.#skipping?.depth ?? 0) + 1;
    this.#skipping = { depth, text: undefined, agent: undefined, line: card.line, afterAgent: false };
  }

  #takeSkipped(skipping: Skipping, text: string): void {
    const mark = marker(text);
    if (mark === 'BEGIN' && !skipping.afterAgent) {
      this.#abortSkipping(true);
      this.#begin();
      return;
    }
    if (mark) skipping.depth += mark === 'BEGIN' ? 1 : -1;
    skipping.text?.push(text);
    if (trimBlanks(text) !== '') skipping.afterAgent = isBareAgent(text);
    if (skipping.depth === 0) this.#endSkipping(skipping);
    else if (this.#card) this.#checkNested(this.#card, skipping, text);
  }

  #checkNested(card: OpenCard, skipping: Skipping, text: string): void {
    card.size += text.length + 2;
    if (this.#source.tooLong || card.size > MAX_VALUE)
      this.#refuse(card, 'a nested card is longer than 64 MB (the limit)');
    else if (skipping.depth > MAX_NESTING)
      this.#refuse(card, `cards are nested deeper than ${MAX_NESTING} levels (the limit)`);
  }

  #endSkipping(skipping: Skipping): void {
    this.#skipping = undefined;
    const { agent, text } = skipping;
    if (!agent || !text || !this.#card) return;
    const decoded = this.#decoder.decode(text.join('\r\n'), this.#source.recoded ? undefined : agent.charset);
    const property = toProperty({ ...agent, transfer: undefined }, '', skipping.line, this.#context());
    property.value = escapeText(decoded);
    this.#card.properties.push(property);
  }

  /** A card begins (or the file ends) inside a nested one: both lack their END. */
  #abortSkipping(before: boolean): void {
    const skipping = this.#skipping;
    this.#skipping = undefined;
    if (!skipping?.agent || !this.#card) return;
    this.#endSkipping(skipping);
    this.#warn(`line ${skipping.line}: END:VCARD of the nested card is missing`);
    if (before) this.#close(true, 'END:VCARD is missing');
  }

  /** Hands the card on. `before`: it ended before the line at hand. */
  #close(before: boolean, warning?: string): void {
    this.#flush();
    const card = this.#card;
    if (!card) return;
    if (warning !== undefined) this.#warn(`card at line ${card.line}: ${warning}`);
    this.#finalWarnings(card);
    this.#card = undefined;
    if (card.properties.length === 0) {
      const why = card.warnings.length === 0 ? '' : ` (${card.warnings.slice(0, 3).join('; ')})`;
      this.#out.push({
        error: `the card holds no property${why}`,
        line: card.line,
        raw: this.#source.marked(before, MAX_CARD),
      });
    } else {
      this.#out.push(this.#deliver(card, before));
    }
    this.#source.unmark();
  }

  #finalWarnings(card: OpenCard): void {
    const { guesses, fallback, unknown } = this.#decoder;
    if (!card.versionSeen) this.#warn(`card at line ${card.line}: VERSION is missing, read as 3.0`);
    for (const name of unknown) this.#warn(`card at line ${card.line}: unknown CHARSET "${excerpt(name)}"`);
    if (guesses > 0) {
      const what = guesses === 1 ? '1 value is' : `${guesses} values are`;
      this.#warn(`card at line ${card.line}: ${what} not UTF-8, read as ${fallback} (--encoding names another)`);
    }
    if (card.more > 0) card.warnings.push(`card at line ${card.line}: and ${card.more} more warnings`);
  }

  #deliver(card: OpenCard, before: boolean): RawCard {
    const { version, properties, line, warnings } = card;
    // 2.1 has no lists inside components: a comma there is text (RFC 6350 readers would split at it).
    if (version === '2.1') {
      for (const property of properties) {
        if (property.name === 'N' || property.name === 'ADR') property.value = escapeCommas(property.value);
      }
    }
    const raw: RawCard = { version, properties, line, warnings };
    if (this.#keepRaw) raw.raw = this.#source.marked(before, MAX_CARD);
    return raw;
  }
}

function escapeCommas(value: string): string {
  return value.includes(',') ? value.replace(/\\[^]|,/g, (match) => (match === ',' ? '\\,' : match)) : value;
}

function excerpt(text: string): string {
  return printable(text.length > 60 ? `${text.slice(0, 60)}...` : text);
}
