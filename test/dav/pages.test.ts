import { afterEach, describe, expect, it } from 'vitest';
import { getCard, listEtags, putNew, putOver, readCards, remove, syncCollection } from '../../src/dav/index.js';
import { WrongServer } from '../../src/http/answer.js';
import { UnknownOutcome } from '../../src/model/errors.js';
import { bench, closeAll, simpleCard } from './support.js';

afterEach(closeAll);

const BOOK = '/addressbooks/test/contacts/';
const PUT = { data: simpleCard('ann'), what: 'create the contact', contact: 'Ann' };

/** A book with twenty cards, and their entries. */
async function filled(): Promise<Awaited<ReturnType<typeof bench>> & { entries: { path: string; etag?: string }[] }> {
  const made = await bench();
  for (let at = 0; at < 20; at += 1) {
    const uid = `uid-${String(at)}`;
    await putNew(made.dav, `${BOOK}${uid}.vcf`, { ...PUT, data: simpleCard(uid) });
  }
  return { ...made, entries: await listEtags(made.dav, BOOK) };
}

describe('a web page in the middle of a conversation', () => {
  it('is no listing, and no sync', async () => {
    const { server, dav } = await bench();
    server.fault({ kind: 'html', times: 2 });
    await expect(listEtags(dav, BOOK)).rejects.toThrow(/answered with a web page, not WebDAV/);
    await expect(syncCollection(dav, BOOK, '')).rejects.toBeInstanceOf(WrongServer);
  });

  it('instead of many cards concerns all of them: no card is asked for one by one', async () => {
    const { server, dav, entries } = await filled();
    const before = server.requests.length;
    server.fault({ kind: 'html', times: 99 });
    const reading = (async () => {
      for await (const found of readCards(dav, BOOK, entries, { version4: false })) void found;
    })();
    await expect(reading).rejects.toMatchObject({ code: 'protocol', hint: expect.stringContaining('--url') as string });
    expect(server.requests.length - before).toBeLessThanOrEqual(1);
  });

  it('is no card', async () => {
    const { server, dav, entries } = await filled();
    server.fault({ kind: 'html' });
    await expect(getCard(dav, entries[0] ?? { path: BOOK })).rejects.toBeInstanceOf(WrongServer);
  });

  it('is no success of a write: it may or may not have happened', async () => {
    const { server, dav } = await bench();
    server.fault({ kind: 'html', times: 3 });
    await expect(putNew(dav, `${BOOK}ann.vcf`, PUT)).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(remove(dav, `${BOOK}ann.vcf`, { what: 'delete the contact' })).rejects.toBeInstanceOf(UnknownOutcome);
    await expect(putOver(dav, `${BOOK}ann.vcf`, '"1"', PUT)).rejects.toBeInstanceOf(WrongServer);
    expect(await listEtags(dav, BOOK)).toEqual([]);
  });

  it('with 201 is how some servers say "Created"', async () => {
    const { server, dav } = await bench();
    const page = {
      status: 201,
      headers: { 'content-type': 'text/html' },
      body: '<!DOCTYPE html><title>201 Created</title>',
    };
    server.fault({ kind: page });
    await expect(putNew(dav, `${BOOK}ann.vcf`, PUT)).resolves.toBeUndefined();
  });

  it('with 404 about one card says that it is gone', async () => {
    const { server, dav } = await bench();
    server.fault({ kind: { status: 404, headers: { 'content-type': 'text/html' }, body: '<html>no</html>' } });
    await expect(getCard(dav, { path: `${BOOK}ann.vcf` })).rejects.toMatchObject({ code: 'notFound' });
  });
});

it('an empty 207, and XML that is cut, say what was asked and what to do', async () => {
  const { server, dav } = await bench();
  server.fault({ kind: { status: 207, body: '' } });
  await expect(listEtags(dav, BOOK)).rejects.toMatchObject({
    message: expect.stringContaining('answered nothing where WebDAV was due') as string,
    hint: expect.stringContaining('--url') as string,
  });
  server.fault({ kind: { status: 207, body: '<multistatus xmlns="DAV:"><response><href>/' } });
  await expect(listEtags(dav, BOOK)).rejects.toMatchObject({
    message: 'cannot list the address book: the answer is not well-formed WebDAV XML',
    hint: expect.stringContaining('--debug') as string,
  });
});
