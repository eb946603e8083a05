/** Four contacts and what the commands make of them. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { tinyJpeg, tinyPng } from '../fakes/pictures.js';
import type { Cli } from '../support/cli.js';

export const PICTURE = tinyPng(0x3366cc);
export const OTHER_PICTURE = tinyJpeg(77);

const card = (...lines: string[]): string => ['BEGIN:VCARD', 'VERSION:3.0', ...lines, 'END:VCARD', ''].join('\r\n');

export const ANNA = card(
  'UID:anna-0001',
  'FN:Anna Müller',
  'N:Müller;Anna;;;',
  'EMAIL;TYPE=WORK:anna@example.com',
  'EMAIL;TYPE=HOME:anna.privat@example.org',
  'TEL;TYPE=CELL:+49 171 1234567',
  'ORG:Acme GmbH;Research',
  'TITLE:Engineer',
  'ADR;TYPE=WORK:;;Hauptstr. 1;Berlin;;10115;Germany',
  'NOTE:met in Lyon',
);
export const BOB = card('UID:bob-0002', 'FN:Bob Stone', 'N:Stone;Bob;;;', 'EMAIL:bob@example.com', 'TEL:+1 555 0100');
export const CHLOE = card(
  'UID:chloe-0003',
  'FN:Chloé Dubois',
  'N:Dubois;Chloé;;;',
  'NICKNAME:Clo',
  'ORG:Zeta SA',
  `PHOTO;ENCODING=b;TYPE=PNG:${Buffer.from(PICTURE.bytes).toString('base64')}`,
);
export const DAVE = card('UID:dave-0004', 'FN:Dave', 'N:;Dave;;;', 'EMAIL:dave@acme.example');
export const PEOPLE = ANNA + BOB + CHLOE + DAVE;

/** Puts the four into the profile that the command line acts on; gives their ids. */
export async function seed(
  cli: Cli,
  args: readonly string[] = [],
): Promise<Record<'anna' | 'bob' | 'chloe' | 'dave', string>> {
  await cli.ok(['import', '-', ...args], { input: PEOPLE });
  const rows = (await cli.ok(['list', '--fields', 'name,id', ...args])).trimEnd().split('\n');
  const ids = Object.fromEntries(rows.map((row) => row.split('\t') as [string, string]));
  const id = (name: string): string => ids[name] ?? `no ${name}`;
  return { anna: id('Anna Müller'), bob: id('Bob Stone'), chloe: id('Chloé Dubois'), dave: id('Dave') };
}

export function file(cli: Cli, name: string, content: string | Uint8Array): string {
  const path = join(cli.dir, name);
  writeFileSync(path, content);
  return path;
}

export const lines = (text: string): string[] => text.split('\n').slice(0, -1);
/** The first column of each line. */
export const column = (text: string, index = 0): string[] => lines(text).map((line) => line.split('\t')[index] ?? '');
