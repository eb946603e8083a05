/** A driver connected to the stand-in; afterwards: nothing undocumented, nothing in a URL, every call a POST. */
import { afterEach, expect } from 'vitest';
import type { Card, ContactRecord } from '../../src/model/card.js';
import { diffPatch } from '../../src/model/patch.js';
import { filemail } from '../../src/providers/filemail/index.js';
import type { Provider, WriteResult } from '../../src/providers/types.js';
import { startFilemail } from '../fakes/filemail.js';
import type { FakeFilemail, FilemailOptions } from '../fakes/filemail.js';
import { testContext } from '../support/context.js';
import type { TestContext, TestContextOptions } from '../support/context.js';

export interface Connected {
  fake: FakeFilemail;
  provider: Provider;
  ctx: TestContext;
}

const fakes: FakeFilemail[] = [];
const closers: (() => Promise<void>)[] = [];

/** No secret and no personal data in a URL. */
export function expectQuiet(fake: FakeFilemail): void {
  fake.assertClean();
  for (const { url, method } of fake.requests) {
    expect(url).not.toContain('?');
    expect(url).toMatch(/^\/api\/[a-z/]+$/);
    expect(method).toBe('POST');
  }
}

afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  for (const fake of fakes.splice(0)) {
    await fake.close();
    expectQuiet(fake);
  }
});

export async function start(options: FilemailOptions = {}): Promise<FakeFilemail> {
  const fake = await startFilemail(options);
  fakes.push(fake);
  return fake;
}

/** Another connection to the same server. */
export async function open(fake: FakeFilemail, options: TestContextOptions = {}): Promise<Connected> {
  const ctx = testContext({ url: fake.url, user: fake.user, password: fake.password, ...options });
  const provider = await filemail.open(ctx);
  closers.push(() => provider.close());
  return { fake, provider, ctx };
}

export async function connect(options: FilemailOptions = {}, context: TestContextOptions = {}): Promise<Connected> {
  const fake = await start(options);
  const secrets = options.apiKey === undefined ? {} : { secrets: { apikey: options.apiKey } };
  return open(fake, { ...secrets, ...context });
}

export async function all<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

export function cardOf(members: Partial<Card>): Card {
  return { '@type': 'Card', version: '1.0', uid: 'urn:uuid:9d2c9a1e-5a40-4d3f-9a53-2f2f0c1f3a11', ...members };
}

export function simple(name: string, email: string, mobile?: string): Card {
  const phones =
    mobile === undefined ? {} : { phones: { p1: { number: mobile, features: { mobile: true as const } } } };
  return cardOf({ name: { full: name }, emails: { e1: { address: email } }, ...phones });
}

export async function create(provider: Provider, card: Card): Promise<WriteResult> {
  if (provider.create === undefined) throw new Error('no create');
  return provider.create({ card });
}

export async function update(provider: Provider, last: ContactRecord, members: Partial<Card>): Promise<WriteResult> {
  const next: Card = { ...last.card, ...members };
  for (const key of Object.keys(members)) if (members[key] === undefined) delete next[key];
  if (provider.update === undefined) throw new Error('no update');
  return provider.update(last.id, { next, patch: diffPatch(last.card, next), last });
}
