import type { DialectName } from '../../src/providers/outlook/dialect.js';
import { conformance } from '../conformance/suite.js';
import type { Subject } from '../conformance/suite.js';
import type { OutlookOptions } from '../fakes/outlook.js';
import { connect, NAMES, seed } from './outlook-setup.js';

const PAGE = 20;

async function against(name: DialectName, options: OutlookOptions): Promise<Subject> {
  const { fake, provider } = await connect(name, { maxPageSize: PAGE, ...options });
  return {
    provider,
    seed: async (cards) => cards.map((card) => seed(fake, name, card)),
    touch: async (id) => {
      const contact = fake.store.find(id);
      if (contact === undefined) return;
      contact.texts['personalNotes'] = 'meanwhile';
      fake.store.save(contact);
    },
    assertClean: () => fake.assertClean(),
    close: () => provider.close(),
  };
}

const options = { pageSize: PAGE, etags: true, unknownId: 'AAMkAGI2THkUnknown-_=' };

for (const name of NAMES) conformance(`outlook, ${name}`, () => against(name, {}), options);

// The other readings of what the vendor's pages leave open.
for (const name of ['graph', 'outlook-beta', 'outlook-v2'] as const) {
  const other: OutlookOptions = { covers: 'all', listsDefault: true, fullSync: true, cutsNotes: true, noBatch: true };
  conformance(`outlook, ${name}, otherwise read`, () => against(name, other), options);
}
