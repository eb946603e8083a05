/** The CardDAV driver against the stand-in in the manner of every server, and against a real Radicale. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe } from 'vitest';
import { cardToVCard } from '../../src/formats/vcard/index.js';
import { safeFileName } from '../../src/formats/vdir-name.js';
import type { Card } from '../../src/model/card.js';
import { carddav } from '../../src/providers/carddav.js';
import { conformance } from '../conformance/suite.js';
import type { Subject } from '../conformance/suite.js';
import { startDav } from '../fakes/dav.js';
import type { QuirkName } from '../fakes/dav.js';
import { testContext } from '../support/context.js';
import { startRadicale } from '../support/radicale.js';
import type { Radicale } from '../support/radicale.js';

const SERVERS: QuirkName[] = ['plain', 'radicale', 'xandikos', 'cyrus', 'davical', 'sogo', 'sabre', 'odd'];

function fileOf(uid: string): string {
  return `${safeFileName(uid)}.vcf`;
}

async function against(quirks: QuirkName): Promise<Subject> {
  const server = await startDav({ quirks });
  const url = quirks === 'odd' ? `${server.url}principals/test/` : server.url;
  const provider = await carddav.open(testContext({ url, user: server.user, password: server.password }));
  return {
    provider,
    seed(cards) {
      const book = server.store.book('contacts');
      const version = server.fake.quirks.versions?.includes('4.0') === true ? '4.0' : '3.0';
      for (const card of cards) book.put(fileOf(card.uid), cardToVCard(card, { version, carry: true }));
      return Promise.resolve(cards.map((card) => safeFileName(card.uid)));
    },
    touch: (id) => {
      const book = server.store.book('contacts');
      const card = book.cards.get(`${id}.vcf`);
      if (card) book.put(card.name, card.data.replace(/^END:VCARD/m, 'NOTE:touched\r\nEND:VCARD'));
      return Promise.resolve();
    },
    betweenPages(action) {
      let left = 3;
      // Listing, first batch, second batch; or GET by GET where there are no batches.
      server.onRequest(async ({ method }) => {
        if ((method === 'REPORT' || method === 'GET') && --left === 0) await action();
      });
    },
    assertClean: () => server.assertClean(),
    async close() {
      await provider.close();
      await server.close();
    },
  };
}

for (const quirks of SERVERS) {
  conformance(`carddav as ${quirks}`, () => against(quirks), { pageSize: 100, etags: true });
}

let radicale: Radicale | undefined;
describe('a real Radicale', () => {
  beforeAll(async () => {
    radicale = await startRadicale();
  });
  afterAll(async () => radicale?.close());
  conformance(
    'carddav at Radicale',
    async () => {
      if (radicale === undefined) return undefined;
      const { url, password, folder } = radicale;
      const user = radicale.nextUser();
      const provider = await carddav.open(testContext({ url, user, password }));
      const book = await provider.bookAdmin?.create('Contacts');
      const seed = async (cards: readonly Card[]): Promise<string[]> => {
        const path = join(folder, 'collections', 'collection-root', user, book?.id ?? '');
        for (const card of cards) {
          await writeFile(join(path, fileOf(card.uid)), cardToVCard(card, { version: '3.0', carry: true }));
        }
        return cards.map((card) => safeFileName(card.uid));
      };
      return { provider, seed, close: () => provider.close() };
    },
    // A batch of the driver is bigger; the stand-in has three of those. Here it is the server that is real.
    { pageSize: 15, etags: true, timeout: 110_000 },
  );
});
