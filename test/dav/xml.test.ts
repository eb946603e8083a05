import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ProtocolError } from '../../src/model/errors.js';
import { C, D } from '../../src/dav/names.js';
import { escapeXml, parseError, parseMultistatus, parseXml, tag, xmlDocument } from '../../src/dav/xml.js';

const card = 'BEGIN:VCARD\nVERSION:3.0\nEND:VCARD';

function multistatus(inner: string, spaces = 'xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"'): string {
  return `<?xml version="1.0"?>\n<multistatus ${spaces}>${inner}</multistatus>`;
}

function withData(data: string): string | undefined {
  const text = multistatus(
    `<response><href>/a</href><propstat><prop><C:address-data>${data}</C:address-data></prop><status>HTTP/1.1 200 OK</status></propstat></response>`,
  );
  return parseMultistatus(text).responses[0]?.props.get(C.addressData)?.text;
}

describe('parseMultistatus', () => {
  it.each([
    ['default namespace', '<multistatus xmlns="DAV:">', '', '</multistatus>'],
    ['D', '<D:multistatus xmlns:D="DAV:">', 'D:', '</D:multistatus>'],
    ['ns0', '<ns0:multistatus xmlns:ns0="DAV:">', 'ns0:', '</ns0:multistatus>'],
    [
      'a prefix that objects have',
      '<constructor:multistatus xmlns:constructor="DAV:">',
      'constructor:',
      '</constructor:multistatus>',
    ],
    ['__proto__', '<__proto__:multistatus xmlns:__proto__="DAV:">', '__proto__:', '</__proto__:multistatus>'],
  ])('goes by namespace, not by prefix: %s', (_name, start, p, end) => {
    const text = `${start}<${p}response><${p}href> /a/b%20c.vcf\n</${p}href><${p}propstat><${p}prop><${p}getetag>"1"</${p}getetag></${p}prop><${p}status>HTTP/1.1 200 OK</${p}status></${p}propstat></${p}response>${end}`;
    const [response] = parseMultistatus(text).responses;
    expect(response?.href).toBe('/a/b%20c.vcf');
    expect(response?.props.get(D.getetag)?.text).toBe('"1"');
  });

  it('keeps found and missing properties apart', () => {
    const text = multistatus(
      `<response><href>/a</href>
       <propstat><prop><getetag>"1"</getetag></prop><status>HTTP/1.1 200 OK</status></propstat>
       <propstat><prop><displayname/></prop><status>HTTP/1.1 404 Not Found</status></propstat></response>`,
    );
    const [response] = parseMultistatus(text).responses;
    expect([...(response?.props.keys() ?? [])]).toEqual([D.getetag]);
    expect([...(response?.failed ?? [])]).toEqual([[D.displayname, 404]]);
    expect(response?.status).toBeUndefined();
  });

  it('reads one status for several hrefs, the error, and the sync token', () => {
    const text = multistatus(
      '<response><href>/a</href><href>/b</href><status>HTTP/1.1 507</status><error><number-of-matches-within-limits/></error></response><sync-token> t1 </sync-token>',
    );
    const { responses, syncToken } = parseMultistatus(text);
    expect(responses.map((one) => [one.href, one.status])).toEqual([
      ['/a', 507],
      ['/b', 507],
    ]);
    expect(responses[0]?.errors).toEqual(['{DAV:}number-of-matches-within-limits']);
    expect(syncToken).toBe('t1');
  });

  it('reads CDATA, numeric references, CR references and raw text alike', () => {
    expect(withData(`<![CDATA[${card}]]>`)).toBe(card);
    expect(withData('Gr&#246;&#xDF;e &#128512; &amp; &lt;')).toBe('Größe 😀 & <');
    expect(withData('a&#13;\nb')).toBe('a\r\nb');
    expect(withData('a<![CDATA[&amp;]]>&amp;')).toBe('a&amp;&');
  });

  it('survives control characters, raw and as references, without touching CDATA', () => {
    expect(withData('a\u001b[31mb')).toBe('a\u001b[31mb');
    expect(withData('a&#27;b&#x1B;c&#0;')).toBe('a\u001bb\u001bc\0');
    expect(withData('&#9;&#10;&#32;')).toBe('\t\n ');
    expect(withData('<![CDATA[&#27;]]>&#27;')).toBe('&#27;\u001b');
    expect(withData('&#xD800;&nbsp;x')).toContain('x');
  });

  it.each([
    ['a DOCTYPE', '<!DOCTYPE m [<!ENTITY a "b">]><multistatus xmlns="DAV:"/>'],
    ['a web page', '<!DOCTYPE html><html><body>Sign in</body></html>'],
    ['a cut answer', multistatus('<response><href>/a</href>').slice(0, -20)],
    ['another root', '<error xmlns="DAV:"/>'],
    ['nothing', ''],
    ['JSON', '{"a":1}'],
    ['33 levels', multistatus('<a>'.repeat(32) + '</a>'.repeat(32))],
    ['an unknown prefix', '<D:multistatus/>'],
  ])('refuses %s', (_name, text) => {
    expect(() => parseMultistatus(text)).toThrow(ProtocolError);
  });

  it('takes 32 levels', () => {
    expect(parseMultistatus(multistatus('<a>'.repeat(31) + '</a>'.repeat(31))).responses).toEqual([]);
  });

  it('hands out every response by itself', () => {
    const many = Array.from(
      { length: 500 },
      (_none, at) => `<response><href>/${at}</href><status>HTTP/1.1 404 X</status></response>`,
    );
    const seen: string[] = [];
    const { responses } = parseMultistatus(multistatus(many.join('')), (one) => seen.push(one.href));
    expect(responses).toEqual([]);
    expect(seen).toHaveLength(500);
  });

  it('takes a hundred cards with pictures', () => {
    const photo = 'QUJD'.repeat(25_000);
    const one = `<response><href>/a</href><propstat><prop><C:address-data>${card}${photo}</C:address-data></prop><status>HTTP/1.1 200 OK</status></propstat></response>`;
    let size = 0;
    parseMultistatus(
      multistatus(one.repeat(100)),
      (response) => (size += response.props.get(C.addressData)?.text.length ?? 0),
    );
    expect(size).toBe(100 * (card.length + photo.length));
  });
});

describe('parseError', () => {
  it('finds preconditions and the words of sabre', () => {
    const text =
      '<d:error xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns"><s:message>No way</s:message><d:need-privileges/></d:error>';
    const { conditions, message } = parseError(text);
    expect(conditions).toContain('{DAV:}need-privileges');
    expect(message).toBe('No way');
  });
  it('never throws', () => {
    expect(parseError('<html><p>broken')).toEqual({ conditions: [] });
    expect(parseError('Not allowed')).toEqual({ conditions: [], message: 'Not allowed' });
    expect(parseError('')).toEqual({ conditions: [] });
  });
});

describe('building', () => {
  it('declares the namespaces on the root, also of an empty one', () => {
    expect(xmlDocument(D.propfind, [tag(D.prop, [tag(C.homeSet)])])).toContain(
      '<D:propfind xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav" xmlns:S="http://calendarserver.org/ns/"><D:prop><C:addressbook-home-set/></D:prop></D:propfind>',
    );
    expect(parseXml(xmlDocument(D.prop, [])).name).toBe(D.prop);
  });
  it('brings any text across, without what XML cannot hold', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (text, value) => {
        const clean = (raw: string): string =>
          raw.replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/gu, '');
        const root = parseXml(xmlDocument(D.prop, [tag(D.displayname, [escapeXml(text)], { name: value })]));
        expect(root.children[0]?.text).toBe(clean(text));
        expect(root.children[0]?.attributes?.get('name')).toBe(clean(value).replace(/[\t\n]/g, ' '));
      }),
    );
  });
});
