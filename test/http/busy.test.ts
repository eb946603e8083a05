/** Answers of any status that mean "not now" (`HttpClientOptions.busy`). */
import { describe, expect, it } from 'vitest';
import type { HttpAnswer } from '../../src/http/types.js';
import { setup } from './helpers.js';

const busy = (answer: HttpAnswer): boolean => answer.text() === 'later';

describe('an answer that means "not now"', () => {
  it('is waited out like a 503, and given to the driver when it stays', async () => {
    const { get, server, retries } = await setup([{ body: 'later' }, { body: 'later' }, { body: 'ok' }], { busy });
    expect((await get()).text()).toBe('ok');
    expect(server.requests).toHaveLength(3);
    expect(retries.map(({ reason, waitMs }) => [reason, waitMs])).toEqual([
      ['the server is busy', 250],
      ['the server is busy', 500],
    ]);
    const other = await setup(() => ({ body: 'later' }), { busy }, { retries: 2 });
    expect((await other.get()).text()).toBe('later');
    expect(other.server.requests).toHaveLength(3);
  });

  it('is given at once to a call that must not be repeated', async () => {
    const { post, server } = await setup(() => ({ body: 'later' }), { busy });
    expect((await post()).text()).toBe('later');
    expect(server.requests).toHaveLength(1);
  });
});
