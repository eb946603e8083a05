/** Accounts at the stand-in for the tests of the CardDAV driver. */
import { afterEach } from 'vitest';
import { cardToVCard } from '../../src/formats/vcard/index.js';
import type { Card } from '../../src/model/card.js';
import { carddav } from '../../src/providers/carddav.js';
import type { Provider } from '../../src/providers/types.js';
import { startDav } from '../fakes/dav.js';
import type { RunningDav, StartDavOptions } from '../fakes/dav.js';
import { testContext } from './context.js';
import type { TestContext, TestContextOptions } from './context.js';

export interface Account {
  server: RunningDav;
  provider: Provider &
    Required<Pick<Provider, 'create' | 'update' | 'delete' | 'changes' | 'bookAdmin' | 'move' | 'copy' | 'lookup'>>;
  ctx: TestContext;
}

const running: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of running.splice(0)) await close();
});

export async function account(server: StartDavOptions = {}, context: TestContextOptions = {}): Promise<Account> {
  const dav = await startDav(server);
  const ctx = testContext({ url: dav.url, user: dav.user, password: dav.password, ...context });
  const provider = (await carddav.open(ctx)) as Account['provider'];
  running.push(async () => {
    await provider.close();
    await dav.close();
  });
  return { server: dav, provider, ctx };
}

export function named(uid: string, full: string, members: Partial<Card> = {}): Card {
  return { '@type': 'Card', version: '1.0', uid, name: { full }, ...members };
}

export function asText(card: Card): string {
  return cardToVCard(card, { version: '3.0', carry: true });
}

export function methods({ server }: Account): string[] {
  return server.requests.map((request) => request.method);
}
