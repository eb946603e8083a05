/** A driver connected to the stand-in by a ready token, with a clock that does not wait. */
import { afterEach } from 'vitest';
import type { Clock, HttpEnvironment } from '../../src/http/types.js';
import type { Card, ContactRecord, Photo } from '../../src/model/card.js';
import { outlook } from '../../src/providers/outlook/index.js';
import { dialectOf } from '../../src/providers/outlook/dialect.js';
import type { DialectName } from '../../src/providers/outlook/dialect.js';
import { createBody } from '../../src/providers/outlook/map.js';
import type { Provider, WriteResult } from '../../src/providers/types.js';
import { apply } from '../fakes/outlook/apply.js';
import { startOutlook } from '../fakes/outlook.js';
import type { FakeOutlook, OutlookOptions } from '../fakes/outlook.js';
import { testContext } from '../support/context.js';
import type { TestContext, TestContextOptions } from '../support/context.js';

export const NAMES = ['graph', 'graph-beta', 'outlook-beta', 'outlook-v2'] as const;

export interface Connected {
  fake: FakeOutlook;
  provider: Provider;
  context: TestContext;
  /** Another connection to the same server. */
  again: (more?: TestContextOptions) => Promise<Provider>;
  trace: string[];
  waits: number[];
}

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

export async function startFake(options: OutlookOptions = {}): Promise<FakeOutlook> {
  const fake = await startOutlook(options);
  closers.push(() => fake.close());
  return fake;
}

export const resourceOf = (name: DialectName): string =>
  name.startsWith('graph') ? 'https://graph.microsoft.com' : 'https://outlook.office.com';

export async function connect(
  name: DialectName = 'graph',
  options: OutlookOptions = {},
  more: TestContextOptions = {},
  env: Partial<HttpEnvironment> = {},
): Promise<Connected> {
  const fake = await startFake(options);
  const trace: string[] = [];
  const waits: number[] = [];
  const clock: Clock = { now: () => 1_700_000_000_000, sleep: async (ms) => void waits.push(ms) };
  const contextOf = (changes: TestContextOptions): TestContext =>
    testContext({
      url: fake.url,
      ...(changes.secrets === undefined ? { token: fake.auth.issue(resourceOf(name)) } : {}),
      ...changes,
      options: { dialect: name, ...changes.options },
      http: { clock, retries: 4, trace: (line) => trace.push(line), ...env },
    });
  const open = async (context: TestContext): Promise<Provider> => {
    const provider = await outlook.open(context);
    closers.push(() => provider.close());
    return provider;
  };
  const context = contextOf(more);
  return {
    fake,
    context,
    provider: await open(context),
    again: (changes = {}) => open(contextOf({ ...more, ...changes })),
    trace,
    waits,
  };
}

export async function all<T>(items: AsyncIterable<T> | Iterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const item of items) list.push(item);
  return list;
}

let count = 0;

export function cardOf(members: Partial<Card> = {}): Card {
  const uid = `urn:uuid:9d2c9a1e-5a40-4d3f-9a53-${(++count).toString(16).padStart(12, '0')}`;
  return { '@type': 'Card', version: '1.0', uid, ...members };
}

/** Puts a card into the mailbox past the driver. Returns its immutable id. */
export function seed(fake: FakeOutlook, name: DialectName, card: Card, folder = fake.store.main.id): string {
  const dialect = dialectOf(name);
  const contact = fake.store.blank(folder);
  apply(contact, createBody(card, dialect), { name, family: dialect.family, shape: dialect.shape }, true);
  fake.store.save(contact);
  return name.startsWith('graph') ? contact.immutableId : contact.id;
}

export async function added(provider: Provider, members: Partial<Card>, bookId?: string): Promise<ContactRecord> {
  const made = await provider.create?.({ card: cardOf(members), ...(bookId === undefined ? {} : { bookId }) });
  return provider.get(made?.id ?? '');
}

/** The JSON body of the last request of a kind. */
export function lastBody(fake: FakeOutlook, kind: string): unknown {
  const found = fake.requests.findLast((request) => request.kind === kind);
  return found === undefined ? undefined : JSON.parse(found.body.toString('utf8'));
}

/** What a driver has for certain. */
export function sure(provider: Provider): {
  create(card: Card): Promise<WriteResult>;
  delete(record: ContactRecord): Promise<void>;
  setPhoto(id: string, photo: Photo): Promise<void>;
} {
  const { create, delete: remove, avatars } = provider;
  if (create === undefined || remove === undefined || avatars?.set === undefined)
    throw new Error('the driver lacks it');
  const { set } = avatars;
  return {
    create: (card) => create({ card }),
    delete: (record) => remove(record),
    setPhoto: (id, photo) => set(id, photo),
  };
}
