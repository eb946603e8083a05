/** A DavClient against the stand-in. */
import { DavClient } from '../../src/dav/index.js';
import { davSignIn } from '../../src/dav/index.js';
import { Secret } from '../../src/model/text.js';
import { startDav } from '../fakes/dav.js';
import type { RunningDav, StartDavOptions } from '../fakes/dav.js';
import { testContext } from '../support/context.js';

export interface Bench {
  server: RunningDav;
  dav: DavClient;
}

const running: (() => Promise<void>)[] = [];

export async function bench(options: StartDavOptions = {}, path = ''): Promise<Bench> {
  const server = await startDav(options);
  const base = server.url + path;
  const signIn = davSignIn({ user: server.user, password: new Secret(server.password) }, base);
  const dav = new DavClient(testContext().http({ base, ...signIn, concurrency: 4 }));
  running.push(async () => {
    await dav.close();
    await server.close();
  });
  return { server, dav };
}

/** For `afterEach`. */
export async function closeAll(): Promise<void> {
  for (const close of running.splice(0)) await close();
}

export function simpleCard(uid: string, extra = ''): string {
  return `BEGIN:VCARD\r\nVERSION:3.0\r\nUID:${uid}\r\nFN:${uid}\r\nN:${uid};;;;\r\n${extra}END:VCARD\r\n`;
}
