/** A second opinion: what we write as plain 4.0 must be accepted by vcard4. Values are not compared: its reader errs. */
import { parse } from 'vcard4';
import { describe, expect, it } from 'vitest';
import { cardToVCard } from '../../src/formats/vcard/map.js';
import type { Card } from '../../src/model/card.js';

const base: Card = {
  '@type': 'Card',
  version: '1.0',
  uid: 'urn:uuid:4f1c1f5e-7d9a-4b0c-8b1c-2d3e4f5a6b7c',
  name: { full: 'Jane Doe' },
};

const CARDS: Record<string, Partial<Card>> = {
  name: {
    name: {
      full: 'Dr. Jane "J" Doe; of, many \\ signs\nand lines ^',
      components: [
        { kind: 'surname', value: 'Doe, the' },
        { kind: 'given', value: 'Jane' },
        { kind: 'given2', value: 'A' },
        { kind: 'given2', value: 'B' },
        { kind: 'title', value: 'Dr.' },
        { kind: 'credential', value: 'PhD' },
      ],
    },
    nicknames: { n1: { name: 'JD' } },
  },
  'phones and e-mail': {
    emails: {
      business: { address: 'jane@example.com', contexts: { work: true }, pref: 1 },
      e2: { address: 'j@example.org' },
    },
    phones: {
      p1: { number: 'tel:+1-555-0100', features: { mobile: true, voice: true }, pref: 2 },
      p2: { number: '+1 555 0101', contexts: { private: true } },
    },
  },
  address: {
    addresses: {
      a1: {
        components: [
          { kind: 'name', value: 'Main St; 1, back' },
          { kind: 'locality', value: 'Town' },
          { kind: 'country', value: 'Land' },
        ],
        contexts: { private: true },
        full: 'Main St 1\nTown',
        coordinates: 'geo:1.5,-2',
      },
    },
  },
  work: {
    organizations: { o1: { name: 'ABC, Inc.', units: [{ name: 'North' }] } },
    titles: { t1: { name: 'Boss', kind: 'title', organizationId: 'o1' }, t2: { name: 'Lead', kind: 'role' } },
  },
  dates: {
    anniversaries: {
      a1: { kind: 'birth', date: { month: 4, day: 12 } },
      a2: { kind: 'wedding', date: { year: 2001, month: 2, day: 3 } },
    },
    updated: '2024-01-02T03:04:05Z',
  },
  resources: {
    media: {
      m1: { kind: 'photo', uri: 'data:image/jpeg;base64,/9j/4AAQSkZJRgABAQAASABIAAD/' },
      m2: { kind: 'logo', uri: 'https://example.com/l.png' },
    },
    links: { l1: { uri: 'https://example.com/a?b=c', pref: 1 } },
    cryptoKeys: { k1: { uri: 'https://example.com/key.asc' } },
    calendars: {
      c1: { kind: 'calendar', uri: 'https://example.com/cal' },
      c2: { kind: 'freeBusy', uri: 'https://example.com/busy' },
    },
    directories: { d1: { kind: 'entry', uri: 'https://example.com/card.vcf' } },
  },
  others: {
    keywords: { 'a, b': true, c: true },
    notes: { n1: { note: 'multi\nline; with, signs \\ and "quotes"' } },
    preferredLanguages: { l1: { language: 'fr', pref: 1 } },
    relatedTo: {
      'urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6': { relation: { friend: true } },
      Tom: { relation: { child: true } },
    },
    onlineServices: { s1: { uri: 'xmpp:jane@example.com', vCardName: 'impp' } },
    vCardProps: [
      ['gender', {}, 'text', 'F'],
      ['x-foo', {}, 'unknown', 'bar'],
    ],
  },
  group: { kind: 'group', members: { 'urn:uuid:03a0e51f-d1aa-4385-8a53-e29025acd8af': true } },
  'long text': { notes: { n1: { note: 'ä👩‍👩‍👧‍👦'.repeat(100) } } },
};

describe('vcard4 accepts', () => {
  it.each(Object.entries(CARDS))('%s', (_, members) => {
    const text = cardToVCard({ ...base, ...members }, { version: '4.0', carry: true, propIds: false });
    expect(text).not.toMatch(/JSPROP|PROP-ID/);
    expect(() => parse(text)).not.toThrow();
  });
});
