import { nativeOf } from '../../src/providers/filemail/map.js';
import { conformance } from '../conformance/suite.js';
import type { Subject } from '../conformance/suite.js';
import type { FilemailOptions } from '../fakes/filemail.js';
import { connect, expectQuiet } from './filemail-setup.js';

async function against(options: FilemailOptions): Promise<Subject> {
  const { fake, provider } = await connect(options);
  return {
    provider,
    seed: async (cards) => cards.map((card) => fake.store.add(nativeOf(card)).id),
    assertClean: () => expectQuiet(fake),
    close: () => provider.close(),
  };
}

const PAGE = { pageSize: 20, etags: false };

conformance('filemail', () => against({}), PAGE);
// The other readings of what the vendor's pages leave open.
conformance('filemail, mobile numbers shown', () => against({ mobile: 'shown' }), PAGE);
conformance(
  'filemail, keys in another case',
  () =>
    against({
      mobile: 'shown',
      apiKey: 'key-1234',
      keys: 'pascal',
      errors: 'two',
      noGroups: 'omitted',
      oneToken: true,
    }),
  PAGE,
);
conformance(
  'filemail, keys in lower case',
  () => against({ mobile: 'shown', keys: 'lower', noGroups: 'null', unknownGroup: 'NotFound', emptyMobile: 'ignored' }),
  PAGE,
);
