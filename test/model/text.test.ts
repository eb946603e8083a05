import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isSecretName, printable, printableLines, redactUrl, Secret } from '../../src/model/text.js';

// Anything that drives or fools a terminal.

const DANGEROUS =
  /[\u0000-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2064\u2066-\u206f\ufeff\ufff9-\ufffb]/;

describe('printable', () => {
  it('never lets a control, an escape, a bidi override or half a character through', () => {
    const evil = fc.constantFrom(
      '\u001b[2J',
      '\u009b31m',
      '\u202e',
      '\r',
      '\n',
      '\u0007',
      '\ud800',
      '\udc00',
      '\u2066',
      '\u061c',
      'a',
      '👩‍💻',
    );
    fc.assert(
      fc.property(fc.array(fc.oneof(evil, fc.string({ unit: 'binary' }))), (pieces) => {
        const shown = printable(pieces.join(''));
        expect(shown).not.toMatch(DANGEROUS);
        expect(Buffer.from(shown, 'utf8').toString('utf8')).toBe(shown);
      }),
    );
  });
  it('makes them visible and leaves the rest alone', () => {
    expect(printable('a\u001b[31mb\nc\td\u202e\u0000\ud800')).toBe('a\\e[31mb\\nc\\td\\u202e\\x00\\ud800');
    const fine = 'Änne 山田 👩‍💻 🏴󠁧󠁢󠁥󠁮󠁧󠁿 می‌خواهم "x" \\n';
    expect(printable(fine)).toBe(fine);
    expect(printableLines('a\r\nb\u001b\rc')).toBe('a\nb\\e\nc');
  });
});

describe('Secret', () => {
  it('shows itself to nobody but who asks', () => {
    const secret = new Secret('hunter2');
    const shown = [
      String(secret),
      `${secret.toString()}`,
      JSON.stringify({ secret }),
      inspect(secret),
      inspect({ deep: [secret] }),
    ];
    for (const text of shown) expect(text).not.toContain('hunter2');
    expect(secret.reveal()).toBe('hunter2');
    expect(Object.keys(secret)).toEqual([]);
  });
});

describe('redactUrl', () => {
  it.each([
    ['https://x.org/a?token=s3cret&page=2', 'https://x.org/a?token=***&page=2'],
    ['https://user:s3cret@x.org/', 'https://***@x.org/'],
    ['https://x.org/?Password=s3cret&password=s3cret', 'https://x.org/?Password=***&password=***'],
    ['https://x.org/cb#access_token=s3cret&state=1', 'https://x.org/cb#access_token=***&state=1'],
    ['/WorldClientAPI?session=s3cret&x=1', '/WorldClientAPI?session=***&x=1'],
    ['//user:s3cret@x.org/path', '//***@x.org/path'],
    ['https://x.org/plain?q=1', 'https://x.org/plain?q=1'],
    ['https://x.org/plain#part', 'https://x.org/plain#part'],
  ])('%s', (url, redacted) => expect(redactUrl(url)).toBe(redacted));
  it('shows no control characters either', () => expect(redactUrl('no url \u001b[2J')).toBe('no url \\e[2J'));
  it('knows the names', () => {
    expect(isSecretName('X-Axigen-Session')).toBe(true);
    expect(isSecretName('page')).toBe(false);
  });
});
