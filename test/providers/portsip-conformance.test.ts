import { createBody, isFavorite } from '../../src/providers/portsip/map.js';
import { conformance } from '../conformance/suite.js';
import type { Subject } from '../conformance/suite.js';
import type { PortsipOptions } from '../fakes/portsip.js';
import { connect } from './portsip-setup.js';

const PAGE = 100;

async function against(options: PortsipOptions, newestFirst = false): Promise<Subject> {
  const { fake, provider } = await connect(options);
  fake.store.newestFirst = newestFirst;
  return {
    provider,
    seed: async (cards) => cards.map((card) => fake.store.add(createBody(card), { favorite: isFavorite(card) }).id),
    touch: async (id) => {
      const contact = fake.store.contacts.get(id);
      if (contact !== undefined) fake.store.change(contact, { notes: 'meanwhile' }, 'merge');
    },
    assertClean: () => fake.assertClean(),
    close: () => provider.close(),
  };
}

conformance('portsip', () => against({}), { pageSize: PAGE, etags: true });
// The other readings of what the vendor's pages leave open.
conformance(
  'portsip, otherwise read',
  () =>
    against(
      { families: ['auth'], update: 'replace', company: 'full', syncTokens: 'once', ghosts: true, unknownToken: 400 },
      true,
    ),
  { pageSize: PAGE, etags: true },
);
