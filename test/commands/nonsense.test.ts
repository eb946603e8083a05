/** Servers that are none, or the wrong one: the same words and the same exit code whatever the provider. Through the program. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Cli, type Done } from '../support/cli.js';

const PAGE = '<!DOCTYPE html><html><body>\u001b[31mSign in</body></html>';
const isDav = (method: string | undefined): boolean => method === 'PROPFIND' || method === 'REPORT';

const page = (status: number): RequestListener => {
  return (_request, response) => response.writeHead(status, { 'content-type': 'text/html' }).end(PAGE);
};

const ANSWERS: [name: string, code: number, words: RegExp, answer: RequestListener][] = [
  ['a page with 200', 1, /127\.0\.0\.1:\d+ answered with a web page, not /, page(200)],
  ['a page with 404', 1, /127\.0\.0\.1:\d+ answered with a web page, not /, page(404)],
  ['a page with 403', 1, /127\.0\.0\.1:\d+ answered with a web page, not /, page(403)],
  ['a page with 500', 7, /the server answered 500 Internal Server Error/, page(500)],
  ['no body', 1, /./, (_request, response) => response.writeHead(200).end()],
  ['text', 1, /./, (_request, response) => response.end('hello \u001b[31m there')],
  [
    'JSON of another kind',
    1,
    /./,
    ({ method }, response) => response.writeHead(isDav(method) ? 207 : 200).end('{"foo":1}'),
  ],
  ['JSON that is a list', 1, /./, (_request, response) => response.end('[1,2]')],
  [
    'half a body',
    7,
    /the connection was closed before the answer was complete/,
    ({ method }, response) => {
      response.writeHead(isDav(method) ? 207 : 200, { 'content-length': 5000 }).write('{"a":[');
      setImmediate(() => response.destroy());
    },
  ],
  [
    'cut in the middle of a value',
    1,
    /./,
    ({ method }, response) =>
      isDav(method)
        ? response.writeHead(207).end('<?xml version="1.0"?><multistatus xmlns="DAV:"><response><href>/')
        : response.end('{"sessid":"a'),
  ],
];

const closers: (() => void)[] = [];
afterAll(() => {
  for (const close of closers) close();
});

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer((request, response) => {
    request.resume();
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  closers.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
}

function saved(provider: string, url: string): Cli {
  const cli = new Cli();
  mkdirSync(cli.dir, { recursive: true });
  const profiles = { srv: { provider, url, user: 'ann@example.com', options: {} } };
  writeFileSync(join(cli.dir, 'config.json'), JSON.stringify({ profiles }), { mode: 0o600 });
  return cli;
}

const run = (cli: Cli, args: readonly string[]): Promise<Done> =>
  cli.run([...args, '-p', 'srv', '--retries', '0'], { env: { CARDFERRY_SRV_PASSWORD: 'päss:word' } });

describe.each(ANSWERS)('%s', (_name, code, words, answer) => {
  test.each(['carddav', 'axigen', 'mdaemon'])('%s', async (provider) => {
    const cli = saved(provider, await listening(answer));
    for (const args of [['list'], ['profile', 'test', 'srv']]) {
      const done = await run(cli, args);
      expect({ args, code: done.code, stdout: done.stdout }, done.stderr).toEqual({ args, code, stdout: '' });
      const error = done.stderr.slice(done.stderr.indexOf('error:'));
      expect(error).toMatch(words);
      expect(error).toMatch(/^error: .*\n(?: {2}why: .*\n)?(?: {2}try: .+)\n$/);

      expect(done.stderr).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/);
      expect(done.stderr).not.toContain('päss');
    }
  });
});

test.each(['carddav', 'axigen', 'mdaemon'])('%s: nobody there is 7', async (provider) => {
  const done = await run(saved(provider, 'http://127.0.0.1:9/'), ['list']);
  expect(done.code).toBe(7);
  expect(done.stderr).toMatch(/^error: .*\n {2}try: check host and port/);
});
