/**
 * Golden conversions. A file is a list of tests:
 *
 *     > test NAME
 *     a vCard, some of its lines (4.0), or a Card as JSON
 *     > convert
 *     the Card as JSON, without what every card has
 *     > warn TEXT            (any number: a part of a warning)
 *     > back 4.0             (or 3.0, or 3.0 strict: for other programs)
 *     the lines between VERSION and END, unfolded, without the UID of a fragment
 *     > loss FIELD           (after `back 3.0 strict`: what it cannot hold)
 */
import { readFileSync } from 'node:fs';

export interface Block {
  kind: string;
  rest: string;
  body: string;
}
export interface Golden {
  name: string;
  input: string;
  blocks: Block[];
}

export function readGoldens(path: URL): Golden[] {
  const goldens: Golden[] = [];
  let target: { lines: string[]; done(body: string): void } | undefined;
  for (const line of [...readFileSync(path, 'utf8').split('\n'), '> end']) {
    const mark = /^> (\w+) ?(.*)$/.exec(line);
    if (mark === null) {
      target?.lines.push(line);
      continue;
    }
    target?.done(target.lines.join('\n').replace(/\n+$/, ''));
    target = open(mark[1] ?? '', mark[2] ?? '', goldens);
  }
  return goldens;
}

function open(kind: string, rest: string, goldens: Golden[]): { lines: string[]; done(body: string): void } {
  if (kind === 'test') {
    const golden: Golden = { name: rest, input: '', blocks: [] };
    goldens.push(golden);
    return { lines: [], done: (body) => (golden.input = body) };
  }
  const block: Block = { kind, rest, body: '' };
  if (kind !== 'end') goldens.at(-1)?.blocks.push(block);
  return { lines: [], done: (body) => (block.body = body) };
}

const FRAGMENT_UID = 'golden';

/** A whole card from whole cards and from some lines of one. */
export function wholeCard(input: string): string {
  const lines = /^BEGIN:/im.test(input) ? input : `BEGIN:VCARD\nVERSION:4.0\nUID:${FRAGMENT_UID}\n${input}\nEND:VCARD`;
  return `${lines.replace(/\n/g, '\r\n')}\r\n`;
}

/** What is particular about a card: no marks of type and version, no uid that the fragment did not have. */
export function particular(card: object): Record<string, unknown> {
  const rest: Record<string, unknown> = { ...card };
  delete rest['@type'];
  delete rest.version;
  if (rest.uid === FRAGMENT_UID) delete rest.uid;
  return rest;
}

/** Unfolded content lines without BEGIN, VERSION, END and a fragment's UID. */
export function contentLines(vCard: string): string[] {
  const lines = vCard.replace(/\r\n /g, '').trimEnd().split('\r\n');
  return lines.filter((line) => !/^(BEGIN:VCARD|END:VCARD|VERSION:.*)$/.test(line) && line !== `UID:${FRAGMENT_UID}`);
}

export function jsonCard(input: string): Record<string, unknown> {
  return { '@type': 'Card', version: '1.0', uid: FRAGMENT_UID, ...(JSON.parse(input) as object) };
}
