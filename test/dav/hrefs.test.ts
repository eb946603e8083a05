import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeSegment, hrefOrigin, hrefPath, isMember, lastName, requestPath } from '../../src/dav/hrefs.js';

describe('hrefPath', () => {
  const base = '/dav/test/contacts/';
  it.each([
    ['path only', '/dav/test/contacts/a.vcf'],
    ['absolute', 'https://dav.example.com/dav/test/contacts/a.vcf'],
    ['absolute, inner host and port', 'http://10.0.0.1:8008/dav/test/contacts/a.vcf'],
    ['relative', 'a.vcf'],
    ['dots', '/dav/test/x/../contacts/./a.vcf'],
    ['encoded dots', '/dav/test/x/%2e%2e/contacts/a.vcf'],
    ['doubled slashes', '//dav/test//contacts/a.vcf'],
    ['needless encoding', '/dav/test/contacts/%61.vc%66'],
    ['white space around', '\n  /dav/test/contacts/a.vcf '],
  ])('is one for all spellings: %s', (_name, href) => {
    expect(hrefPath(href, base)).toBe('/dav/test/contacts/a.vcf');
  });

  it.each([
    ['sp ace.vcf', 'sp%20ace.vcf'],
    ['a+b&c;d=e@f.vcf', 'a%2Bb%26c%3Bd%3De%40f.vcf'],
    ['a%2bb%26c%3bd%3de%40f.vcf', 'a+b&c;d=e@f.vcf'],
    ['ü.vcf', '%c3%bc.vcf'],
    ['ü.vcf', '%C3%BC.vcf'],
    ['100%.vcf', '100%25.vcf'],
    ['what?#.vcf', 'what%3F%23.vcf'],
    ['c%3Aolon.vcf', 'c:olon.vcf'],
    ['%fc.vcf', '%FC.vcf'],
  ])('takes %s and %s for one', (one, other) => {
    expect(hrefPath(base + one)).toBe(hrefPath(base + other));
  });

  it('keeps apart what differs', () => {
    expect(hrefPath('/a%2Fb')).not.toBe(hrefPath('/a/b'));
    expect(hrefPath('/A')).not.toBe(hrefPath('/a'));
    expect(hrefPath('/a/')).toBe('/a/');
    expect(hrefPath('/a')).toBe('/a');
    expect(hrefPath('https://h')).toBe('/');
    expect(hrefPath('/../../etc')).toBe('/etc');
  });

  it('is a fixed point, and any name comes back', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1 }), (name) => {
        fc.pre(name !== '.' && name !== '..');
        const path = `/book/${encodeSegment(name)}`;
        expect(hrefPath(path)).toBe(path);
        expect(lastName(path)).toBe(name);
        expect(requestPath(path)).toBe(path);
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (href) => {
        const path = hrefPath(href, base);
        expect(hrefPath(path)).toBe(path);
        expect(path).toMatch(/^\/(?!\/)(?:[A-Za-z0-9\-._~!'()*/]|%[0-9A-F]{2})*$/);
      }),
    );
  });
});

describe('requestPath', () => {
  it('keeps a valid spelling and mends the others', () => {
    expect(requestPath('/a/%2b%c3%bc@:.vcf')).toBe('/a/%2b%c3%bc@:.vcf');
    expect(requestPath('https://h/a/%2b.vcf')).toBe('/a/%2b.vcf');
    expect(requestPath('/a/sp ace ü 100%.vcf')).toBe('/a/sp%20ace%20%C3%BC%20100%25.vcf');
    expect(requestPath('/a/../b')).toBe('/b');
    expect(requestPath('//evil.example/b')).toBe('/evil.example/b');
    expect(requestPath('b.vcf', '/a/')).toBe('/a/b.vcf');
  });
});

describe('the rest', () => {
  it('knows members and origins', () => {
    expect(isMember('/a/b.vcf', '/a/')).toBe(true);
    expect(isMember('/a/', '/a/')).toBe(false);
    expect(isMember('/a/b/c.vcf', '/a/')).toBe(false);
    expect(isMember('/ab.vcf', '/a/')).toBe(false);
    expect(hrefOrigin('HTTPS://Host:1/x')).toBe('https://host:1');
    expect(hrefOrigin('/x')).toBeUndefined();
  });
});
