import { describe, expect, it } from 'vitest';
import { dnKey, dnPart, partsOfDn } from '../../src/formats/ldif/dn.js';
import { ldif } from '../../src/formats/ldif/index.js';
import type { FormatItem, FormatLoss } from '../../src/formats/types.js';
import type { Card } from '../../src/model/card.js';
import { read, write } from '../support/formats.js';

const cardIn = (item: FormatItem | undefined): Card => {
  if (item === undefined || 'error' in item) throw new Error(JSON.stringify(item));
  return item.card;
};
const card = (rest: Partial<Card>): Card => ({ '@type': 'Card', version: '1.0', uid: 'u', ...rest });

const PERSON = `dn: cn=Jane Doe,mail=jane@example.com
objectclass: top
objectclass: person
objectclass: organizationalPerson
objectclass: inetOrgPerson
objectclass: mozillaAbPersonAlpha
`;

describe('lists', () => {
  const text = `dn: cn=Friends
objectclass: top
objectclass: groupOfNames
cn: Friends
description: all of them
member: cn=Jane Doe,mail=jane@example.com
member: CN = jane  doe , mail=Jane@Example.com
member: cn=Bob\\, Jr.,mail=bob@example.com
member: cn=Gone,mail=gone@example.com
member: cn=Nobody

${PERSON}cn: Jane Doe
uid: jane

dn:: Y249Qm9iXCwgSnIuLG1haWw9Ym9iQGV4YW1wbGUuY29t
objectclass: person
cn: Bob, Jr.
uid: bob
`;
  it('come last, with the uids of their members, before or behind them', async () => {
    for (const all of [text, text.split('\n\n').reverse().join('\n\n')]) {
      const items = await read(ldif, all);
      expect(items.map((item) => cardIn(item).kind)).toEqual([undefined, undefined, 'group']);
      expect(cardIn(items[2])).toMatchObject({ name: { full: 'Friends' }, notes: { n1: { note: 'all of them' } } });
      expect(cardIn(items[2]).members).toEqual({ jane: true, bob: true, 'mailto:gone@example.com': true });
      expect(items[2]).toMatchObject({ warnings: ['1 member is not in the file'] });
    }
  });
  it('survive being written', async () => {
    const losses: FormatLoss[] = [];
    const cards = [
      card({
        uid: 'g',
        kind: 'group',
        name: { full: 'G, "x"' },
        members: { a: true, b: true, 'mailto:c@example.com': true, other: true, h: true },
      }),
      card({ uid: 'a', name: { full: 'A' } }),
      card({ uid: 'b', name: { full: 'A' } }),
      card({ uid: 'h', kind: 'group', name: { full: 'H' }, members: {} }),
    ];
    const back = (await read(ldif, await write(ldif, cards, losses))).map(cardIn);
    expect(back).toEqual([cards[1], cards[2], cards[0], cards[3]]);
    expect(losses).toEqual([]);
  });
  it('names of entries', () => {
    for (const value of ['a,b', ' a ', '#a', 'a\\', 'a=b+c;d', '"<>"', 'a\nb', '\u00e9', 'a  b']) {
      expect(partsOfDn(`${dnPart('cn', value)},${dnPart('mail', 'x@y')}`)).toEqual(
        new Map([
          ['cn', value],
          ['mail', 'x@y'],
        ]),
      );
    }
    expect(dnKey('cn=A B, mail=x')).toBe(dnKey('CN=a  b,MAIL=X'));
    expect(dnKey('cn=J\\C3\\BCrgen')).toBe(dnKey('cn=j\u00fcrgen'));
    expect(dnKey('cn=A,mail=x')).not.toBe(dnKey('cn=A\\,mail=x'));
  });
});
