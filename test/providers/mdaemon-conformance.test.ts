import { createBody, inlinePhoto } from '../../src/providers/mdaemon/map.js';
import { conformance } from '../conformance/suite.js';
import type { Subject } from '../conformance/suite.js';
import type { MdaemonOptions } from '../fakes/mdaemon.js';
import { connect } from './mdaemon-setup.js';

const PAGE = 20;

async function against(options: MdaemonOptions): Promise<Subject> {
  const { fake, provider } = await connect({ maxPageSize: PAGE, ...options });
  return {
    provider,
    seed: async (cards) =>
      cards.map((card) => {
        const photo = inlinePhoto(card);
        const picture = photo === undefined ? {} : { picture: Buffer.from(photo.bytes).toString('base64') };
        return fake.store.add({ ...createBody(card), ...picture }).id;
      }),
    touch: async (id) => {
      const contact = fake.store.contacts.get(id);
      if (contact !== undefined) contact.texts['notes'] = 'meanwhile';
    },
    assertClean: () => fake.assertClean(),
    close: () => provider.close(),
  };
}

conformance('mdaemon', () => against({}), { pageSize: PAGE, etags: true });
// The other readings of what the vendor's pages leave open.
conformance(
  'mdaemon, otherwise read',
  () =>
    against({
      csrf: true,
      loginToken: true,
      errorStatus: 200,
      folderRoute: 'list',
      total: false,
      blanks: false,
      listMembers: false,
      newIdOnMove: true,
      objects: 'replace',
      lists: 'merge',
      zone: -300,
    }),
  { pageSize: PAGE, etags: true },
);
