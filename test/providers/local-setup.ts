/** A vdir in a folder of its own for each test, and drivers on it. */
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { Card, ContactRecord } from '../../src/model/card.js';
import { local } from '../../src/providers/local.js';
import type { ContactChange, Provider, ProviderContext } from '../../src/providers/types.js';

/** `top` is what must stay untouched around the vdir `dir`. */
export const here = { top: '', dir: '', warnings: [] as string[] };

export function useVdir(): void {
  beforeEach(() => {
    here.top = mkdtempSync(join(tmpdir(), 'cardferry-local-'));
    here.dir = join(here.top, 'vdir');
    here.warnings = [];
    mkdirSync(here.dir);
  });
  afterEach(() => rmSync(here.top, { recursive: true, force: true }));
}

export function open(more: Partial<ProviderContext> = {}): Promise<Provider> {
  return local.open({
    profile: 'test',
    options: { path: here.dir },
    secret: () => Promise.resolve(undefined),
    keepSecret: () => Promise.resolve(),
    http: () => {
      throw new Error('local opens no connection');
    },
    clock: { now: () => 0, sleep: () => Promise.resolve() },
    signal: new AbortController().signal,
    warn: (message) => here.warnings.push(message),
    ...more,
  });
}

export const card = (uid: string, full = 'Ann Example', more: object = {}): Card => ({
  '@type': 'Card',
  version: '1.0',
  uid,
  name: { full },
  ...more,
});

export const vcf = (uid: string, full: string, more = ''): string =>
  `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${uid}\r\nN:;${full};;;\r\nFN:${full}\r\n${more}END:VCARD\r\n`;

export function put(name: string, text: string): void {
  const path = join(here.dir, name);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, text);
}

export const textOf = (name: string): string => readFileSync(join(here.dir, name), 'utf8');

export async function all(provider: Provider, bookIds?: string[]): Promise<ContactRecord[]> {
  const records: ContactRecord[] = [];
  for await (const record of provider.list(bookIds === undefined ? {} : { bookIds })) records.push(record);
  return records;
}

export const ids = (records: readonly { id: string }[]): string[] => records.map(({ id }) => id);

export const change = (last: ContactRecord, next: Card): ContactChange => ({ next, last, patch: {} });
