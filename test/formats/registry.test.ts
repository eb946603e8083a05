import { describe, expect, it } from 'vitest';
import { formatByExtension, formatByName, FORMATS, sniffFormat } from '../../src/formats/index.js';
import { hashedFileName, safeFileName } from '../../src/formats/vdir-name.js';
import { InputError, UsageError } from '../../src/model/errors.js';

const bytes = (text: string): Buffer => Buffer.from(text, 'utf8');
const VCARD = 'BEGIN:VCARD\r\nVERSION:3.0\r\nFN:a\r\nEND:VCARD\r\n';

describe('registry', () => {
  it('names every format as the format itself does', async () => {
    for (const entry of FORMATS) {
      const format = await entry.load();
      expect([format.name, format.title]).toEqual([entry.name, entry.title]);
      expect(entry.extensions.every((extension) => format.extensions.includes(extension))).toBe(true);
    }
  });
  it('suggests the nearest name', async () => {
    expect((await formatByName('VCARD')).name).toBe('vcard');
    await expect(formatByName('vcrad')).rejects.toMatchObject({ hint: 'did you mean "vcard"?' });
    await expect(formatByName('zzz')).rejects.toBeInstanceOf(UsageError);
  });
  it('takes a format by the extension of a file to be written', async () => {
    expect((await formatByExtension('/tmp/a.b/Contacts.VCF')).name).toBe('vcard');
    expect((await formatByExtension('x.json')).name).toBe('jscontact');
    expect((await formatByExtension('-')).name).toBe('jscontact');
    expect((await formatByExtension('noext', 'vcard')).name).toBe('vcard');
  });
});

describe('sniffing', () => {
  it.each([
    ['vcard', VCARD, undefined],
    ['vcard', `\ufeff\r\n${VCARD}`, 'contacts.txt'],
    ['vcard', VCARD, 'wrong.json'],
    ['jscontact', '[{"@type":"Card","version":"1.0","uid":"u"}]', 'wrong.vcf'],
    ['jscontact', '\n {"@type" : "Card"}', undefined],
    ['jscontact', '[]', 'x.json'],
    ['vcard', 'some mail text before\n', 'x.vcf'],
  ])('%s', async (name, text, file) => {
    expect((await sniffFormat(bytes(text), file)).name).toBe(name);
  });
  it('knows UTF-16', async () => {
    expect((await sniffFormat(Buffer.from(`\ufeff${VCARD}`, 'utf16le'))).name).toBe('vcard');
    expect((await sniffFormat(Buffer.from(`\ufeff[{"@type":"Card"}]`, 'utf16le').swap16())).name).toBe('jscontact');
  });
  it.each([
    ['an empty file', '', /is empty/],
    ['blanks', ' \r\n', /is empty/],
    ['words', 'dear diary', /no contacts file that is known/],
    ['a ZIP archive', 'PK\u0003\u0004xx', /a ZIP archive/],
    ['zeros', `ab\0\0\0\0\0${'x'.repeat(20)}`, /binary/],
  ])('refuses %s', async (_, text, message) => {
    await expect(sniffFormat(bytes(text), 'some\u001b[31m.dat')).rejects.toThrow(message);
    await expect(sniffFormat(bytes(text), 'some\u001b[31m.dat')).rejects.toBeInstanceOf(InputError);
    await expect(sniffFormat(bytes(text), 'some\u001b[31m.dat')).rejects.toThrow(/some\\e\[31m/);
  });
  it('knows pictures and Outlook files', async () => {
    await expect(sniffFormat(Buffer.from('89504e470d0a1a0a', 'hex'))).rejects.toThrow('a picture');
    await expect(sniffFormat(Buffer.from('2142444e00000000', 'hex'))).rejects.toThrow('PST');
  });
});

describe('file names of a vdir', () => {
  it.each([
    ['abc.DEF-1_2'.toLowerCase(), 'abc.def-1_2'],
    ['urn:uuid:0F1E2D3C-0000-4000-8000-0123456789ab', '0f1e2d3c-0000-4000-8000-0123456789ab'],
    ['0f1e2d3c-0000-4000-8000-0123456789AB', '0f1e2d3c-0000-4000-8000-0123456789ab'],
  ])('%s', (uid, name) => expect(safeFileName(uid)).toBe(name));
  it.each([
    '../../etc/passwd',
    'a/b',
    'a\\b',
    '..',
    '.',
    '.hidden',
    '-rf',
    'x'.repeat(400),
    'a\r\nb',
    'a\0b',
    '',
    'con',
    'NUL',
    'com1.x',
    'ü',
    'a b',
    'C:',
  ])('hashes %j', (uid) => {
    expect(safeFileName(uid)).toMatch(/^[0-9a-f]{40}$/);
    expect(safeFileName(uid)).toBe(hashedFileName(uid));
  });
  it('tells uids apart that differ only in case', () => {
    const names = ['Bob', 'bob', 'BOB'].map((uid) => safeFileName(uid).toLowerCase());
    expect(new Set(names).size).toBe(3);
    expect(names[1]).toBe('bob');
  });
});
