/** The driver connected to the stand-in, with a clock that does not wait. */
import { afterEach, expect } from 'vitest';
import { cardToVCard } from '../../src/formats/vcard/index.js';
import type { Card, ContactRecord } from '../../src/model/card.js';
import { axigen } from '../../src/providers/axigen/index.js';
import type { Provider } from '../../src/providers/types.js';
import { startAxigen, type AxigenOptions, type FakeAxigen } from '../fakes/axigen.js';
import { testContext, type TestContext, type TestContextOptions } from '../support/context.js';

export interface Connected {
  fake: FakeAxigen;
  provider: Provider;
  ctx: TestContext;
  /** Another connection to the same server: it knows nothing of what this one wrote. */
  again: (changes?: TestContextOptions) => Promise<Provider>;
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export async function start(options: AxigenOptions = {}): Promise<FakeAxigen> {
  const fake = await startAxigen(options);
  closers.push(() => fake.close());
  return fake;
}

export async function open(
  fake: FakeAxigen,
  changes: TestContextOptions = {},
): Promise<{ provider: Provider; ctx: TestContext }> {
  const ctx = testContext({ url: fake.url, user: fake.user, password: fake.password, ...changes });
  const provider = await axigen.open(ctx);
  closers.push(() => provider.close());
  return { provider, ctx };
}

/** With the address book pinned, so that no discovery is among the requests. */
export async function connect(options: AxigenOptions = {}, changes: TestContextOptions = {}): Promise<Connected> {
  const fake = await start(options);
  const pinned = { options: { 'dav-path': '/Contacts/Contacts/' }, ...changes };
  const { provider, ctx } = await open(fake, pinned);
  return { fake, provider, ctx, again: async (more = {}) => (await open(fake, { ...pinned, ...more })).provider };
}

export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

let serial = 0;
export function cardOf(members: Partial<Card> = {}): Card {
  serial += 1;
  const uid = `urn:uuid:9d2c9a1e-5a40-4d3f-9a53-${String(serial).padStart(12, '0')}`;
  return { '@type': 'Card', version: '1.0', uid, name: { full: `Contact ${String(serial)}` }, ...members };
}

export function textOf(card: Card): string {
  return cardToVCard(card, { version: '3.0', carry: true });
}

export async function added(provider: Provider, members: Partial<Card> = {}): Promise<ContactRecord> {
  const made = await provider.create?.({ card: cardOf(members) });
  if (made === undefined) throw new Error('the provider cannot create');
  return provider.get(made.id);
}

export const bare = (uid: string): string => uid.replace('urn:uuid:', '');

/** `expect.stringMatching` without its `any`. */
export const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
