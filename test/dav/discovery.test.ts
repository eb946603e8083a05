import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DavClient, davBase, discover, NoService } from '../../src/dav/index.js';
import { AuthError, UsageError } from '../../src/model/errors.js';
import { quirksOf } from '../fakes/dav.js';
import type { QuirkName } from '../fakes/dav.js';
import { testContext } from '../support/context.js';
import { bench, closeAll } from './support.js';

afterEach(closeAll);

const SERVERS: QuirkName[] = ['plain', 'radicale', 'xandikos', 'cyrus', 'davical', 'sogo', 'sabre'];

describe('discover', () => {
  const starts = SERVERS.flatMap((name) => {
    const quirks = quirksOf(name);
    const home = quirks.home('test');
    const places = { server: '/', principal: quirks.principal('test'), home, book: `${home}friends/` };
    return Object.entries(places).map(([kind, path]) => ({ name, kind, path }));
  });
  it.each(starts)('finds all of $name from the $kind', async ({ name, kind, path }) => {
    const { server, dav } = await bench({ quirks: name });
    const account = await discover(dav, path);
    expect(account.books.map((book) => book.name)).toEqual(['Contacts', 'Friends']);
    expect(account.principal).toBe(quirksOf(name).principal('test'));
    expect(account.homes).toEqual([quirksOf(name).home('test')]);
    expect(account.preferred).toBe(kind === 'book' ? path : undefined);
    expect(account.books.every((book) => book.writable && !book.shared)).toBe(true);
    expect(account.books[0]?.version4).toBe(name === 'cyrus');
    expect(account.books[0]?.sync).toBe(name !== 'sabre');
    server.assertClean();
  });

  it('goes on from a path that is nothing to the well-known one', async () => {
    const { dav } = await bench({ quirks: 'cyrus' });
    expect((await discover(dav, '/webmail/')).books).toHaveLength(2);
  });

  it('reads rights, owner and description', async () => {
    const { server, dav } = await bench();
    server.store.book('friends').readOnly = true;
    server.store.book('friends').shared = true;
    server.store.book('contacts').description = 'Mine & yours';
    const { books } = await discover(dav, '/');
    expect(books[0]).toMatchObject({ writable: true, shared: false, description: 'Mine & yours' });
    expect(books[1]).toMatchObject({ writable: false, shared: true });
  });

  it('does not list a given book with PROPFIND Depth 1: it may be huge', async () => {
    const { server, dav } = await bench();
    await discover(dav, '/addressbooks/test/contacts/');
    const deep = server.requests.filter((request) => request.depth === '1').map((request) => request.path);
    expect(deep).toEqual(['/addressbooks/test/']);
    expect(server.requests).toHaveLength(3);
  });

  it('stops at a refused password: one try, no guessing', async () => {
    const { server, dav } = await bench({ authorize: () => false });
    await expect(discover(dav, '/addressbooks/test/')).rejects.toBeInstanceOf(AuthError);
    expect(server.requests).toHaveLength(1);
  });

  it('says what it tried when nothing is there', async () => {
    const { dav } = await bench({ quirks: quirksOf('plain', { root: false }) });
    const error: unknown = await discover(dav, '/nothing/').catch((caught: unknown) => caught);
    expect(error).toBeInstanceOf(NoService);
    expect(error).toMatchObject({ exit: 1, why: expect.stringContaining('/nothing/') as unknown });
  });

  it('never follows a redirect to another server with the password', async () => {
    const calls: string[] = [];
    const other = createServer((request, response) => {
      calls.push(request.headers.authorization ?? 'none');
      response.end();
    });
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
    const location = `http://127.0.0.1:${(other.address() as AddressInfo).port}/dav/`;
    const { dav } = await bench({ quirks: quirksOf('plain', { root: false, wellKnown: { status: 301, location } }) });
    const error: unknown = await discover(dav, '/').catch((caught: unknown) => caught);
    expect(error).toMatchObject({ exit: 1, hint: expect.stringContaining('--url') as unknown });
    expect(calls).toEqual([]);
    await new Promise((resolve) => other.close(resolve));
  });

  it('names a web page for what it is', async () => {
    const page = createServer((_request, response) => response.writeHead(207).end('<!DOCTYPE html><html></html>'));
    await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(page.address() as AddressInfo).port}/`;
    const dav = new DavClient(testContext().http({ base, concurrency: 1 }));
    await expect(discover(dav, '/')).rejects.toMatchObject({
      code: 'protocol',
      message: expect.stringContaining('answered with a web page') as unknown,
      why: expect.stringContaining('tried /.well-known/carddav and /') as unknown,
      hint: expect.stringContaining('--url') as unknown,
    });
    await dav.close();
    await new Promise((resolve) => page.close(resolve));
  });
});

describe('davBase', () => {
  it.each([
    ['https://dav.example.com/dav', 'https://dav.example.com/dav'],
    ['example.com', 'https://example.com/'],
    ['example.com:8443/dav/', 'https://example.com:8443/dav/'],
    ['ann@example.com', 'https://example.com/'],
    [' http://localhost:5232 ', 'http://localhost:5232/'],
  ])('%s is %s', (typed, base) => {
    expect(davBase(typed)).toBe(base);
  });
  it.each(['', 'ftp://example.com', 'https://', 'a b'])('refuses %j', (typed) => {
    expect(() => davBase(typed)).toThrow(UsageError);
  });
});
