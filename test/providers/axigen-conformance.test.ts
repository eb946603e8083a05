import type { AxigenOptions, FakeAxigen } from '../fakes/axigen.js';
import { startAxigen } from '../fakes/axigen.js';
import { axigen } from '../../src/providers/axigen/index.js';
import type { Provider } from '../../src/providers/types.js';
import type { Subject } from '../conformance/suite.js';
import { conformance } from '../conformance/suite.js';
import { testContext } from '../support/context.js';
import { bare, textOf } from './axigen-setup.js';

async function begin(
  options: AxigenOptions = {},
): Promise<{ fake: FakeAxigen; provider: Provider; subject: Omit<Subject, 'provider'> }> {
  const fake = await startAxigen(options);
  const provider = await axigen.open(testContext({ url: fake.url, user: fake.user, password: fake.password }));
  const close = async (): Promise<void> => {
    await provider.close();
    await fake.close();
  };
  return { fake, provider, subject: { assertClean: () => fake.assertClean(), close } };
}

/**
 * The suite fills the books that it makes. Axigen's folders cannot be filled (nothing documented puts a contact into one), so
 * `bookAdmin` is left to axigen-rest.test.ts.
 */
function withoutFolders({ bookAdmin, ...provider }: Provider): Provider {
  if (bookAdmin === undefined) throw new Error('no bookAdmin to leave out');
  const abilities = provider.definition.abilities.filter((ability) => ability !== 'bookAdmin');
  return { ...provider, definition: { ...provider.definition, abilities } };
}

function whole(options: AxigenOptions): () => Promise<Subject> {
  return async () => {
    const { fake, provider, subject } = await begin(options);
    return {
      provider: withoutFolders(provider),
      seed: (cards) => {
        for (const card of cards) fake.add(textOf(card));
        return Promise.resolve(cards.map(({ uid }) => bare(uid)));
      },
      ...subject,
    };
  };
}

conformance('axigen', whole({}), { pageSize: 100, etags: true });
conformance('axigen, no ETag on PUT, no collection tag', whole({ putEtag: false, ctag: false }), {
  pageSize: 100,
  etags: true,
});
conformance('axigen, cards stored under other names', whole({ moves: true }), { pageSize: 20, etags: true });

conformance(
  'axigen without CardDAV',
  async () => {
    const { fake, provider, subject } = await begin({ davOff: 404, pageCap: 10 });
    const seed: Subject['seed'] = (cards) => {
      const paths = new Set(cards.map((card) => fake.add(textOf(card))));
      const ids = new Map(fake.state.items().map((item) => [item.uid, `rest:${item.id}`]));
      return Promise.resolve(paths.size === cards.length ? cards.map(({ uid }) => ids.get(uid) ?? '') : []);
    };
    return { provider: withoutFolders(provider), seed, ...subject };
  },
  { pageSize: 10, etags: false, unknownId: 'rest:nobody' },
);
