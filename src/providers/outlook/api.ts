/** Calls to the API: one connection, its paths, headers, batches and errors. */
import { asObject } from '../../http/check.js';
import type { HttpClient } from '../../http/types.js';
import { ProtocolError, UnknownOutcome, UsageError } from '../../model/errors.js';
import type { ProviderContext } from '../types.js';
import { Batcher } from './batch.js';
import { httpCall, pathOf, replyOf } from './call.js';
import type { Call, Reply } from './call.js';
import type { Dialect } from './dialect.js';
import { rootUrl } from './dialect.js';
import { errorOf, htmlError } from './errors.js';
import { openSession } from './session.js';

/** "4 concurrent requests" for a mailbox. */
export const IN_FLIGHT = 4;

export class Api {
  readonly host: string;
  /** `me`, or the mailbox of the profile. */
  private readonly owner: string;
  private readonly batcher: Batcher | undefined;
  /** A call has succeeded. */
  private alive = false;

  constructor(
    readonly dialect: Dialect,
    private readonly http: HttpClient,
    ctx: ProviderContext,
  ) {
    const mailbox = ctx.options['mailbox']?.trim() ?? '';
    this.owner = mailbox === '' ? 'me' : pathOf('users', mailbox);
    this.host = http.base.host;
    this.batcher = dialect.family === 'graph' ? new Batcher(http, ctx.clock) : undefined;
  }

  /** A path below the mailbox; Outlook's pages write its words in small letters. */
  path(...segments: string[]): string {
    const names: Record<string, string> = { contactFolders: 'contactfolders', childFolders: 'childfolders' };
    const spelt = segments.map((segment) =>
      this.dialect.family === 'outlook' && Object.hasOwn(names, segment) ? (names[segment] ?? segment) : segment,
    );
    return `${this.owner}/${pathOf(...spelt)}`.replace('/%24value', '/$value');
  }

  /** Sends a call by itself. @throws NotFound, Conflict, Refused, AuthError, and what the client throws */
  async send(call: Call): Promise<Reply> {
    const dressed = this.dressed(call);
    return this.checked(dressed, replyOf(await this.http.send(httpCall(dressed))));
  }

  /** Sends a call together with others of this turn where the service has batches. Throws as `send`. */
  async share(call: Call): Promise<Reply> {
    if (this.batcher === undefined) return this.send(call);
    const dressed = this.dressed(call);
    return this.checked(dressed, await this.batcher.send(dressed));
  }

  /** The answer as an object. @throws UnknownOutcome when a `never` call's answer is unreadable */
  object(call: Call, reply: Reply): Record<string, unknown> {
    const html = htmlError(reply, this.dialect);
    if (html !== undefined) throw html;
    try {
      return asObject(reply.json(), call.what);
    } catch (error) {
      if (!(error instanceof ProtocolError) || call.repeat !== 'never') throw error;
      throw new UnknownOutcome(`${call.what}: the answer cannot be read, so it may or may not have happened`, {
        why: error.message,
        hint: 'look before you repeat it',
        cause: error,
      });
    }
  }

  async close(): Promise<void> {
    await this.http.close();
  }

  /** Ids that survive a move within the mailbox ("Obtain immutable identifiers"), asked for with every call. */
  private dressed(call: Call): Call {
    const { prefer, ...headers } = call.headers ?? {};
    const wishes = [this.dialect.family === 'graph' ? 'IdType="ImmutableId"' : undefined, prefer];
    const given = wishes.filter((wish) => wish !== undefined).join(', ');
    const accept = call.path.endsWith('/$value') ? {} : { accept: 'application/json' };
    return { ...call, headers: { ...accept, ...headers, ...(given === '' ? {} : { prefer: given }) } };
  }

  private checked(call: Call, reply: Reply): Reply {
    if (reply.status >= 400) throw errorOf(call, reply, this.dialect, this.alive);
    if (!this.alive) this.alive = htmlError(reply, this.dialect) === undefined;
    return reply;
  }
}

/** Opens the API; nothing is sent before the first call. @throws UsageError */
export function openApi(dialect: Dialect, ctx: ProviderContext): Api {
  if (dialect.family === 'outlook' && (ctx.options['mailbox'] ?? '') !== '') {
    throw new UsageError(`the ${dialect.title} reads the mailbox of whoever signs in, and no other`, {
      profile: ctx.profile,
      hint: 'leave out the option mailbox, or use --option dialect=graph',
    });
  }
  const session = openSession(dialect, ctx, () => http);
  const http: HttpClient = ctx.http({
    base: rootUrl(dialect, ctx.url, ctx.profile),
    authorize: async () => ({ authorization: `Bearer ${await session.token()}` }),
    renew: () => session.renew(),
    concurrency: IN_FLIGHT,
    secretNames: ['refresh_token', 'access_token', 'client_secret', 'device_code', 'user_code', 'id_token'],
  });
  return new Api(dialect, http, ctx);
}
