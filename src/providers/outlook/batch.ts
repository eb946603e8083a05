/**
 * JSON batching (vendor page "Combine multiple HTTP requests using JSON batching"): calls that come while a batch is
 * under way, or within the same turn, share the next one. One batch at a time, since the service works on four of its
 * requests at once, and that is what a mailbox is allowed ("Microsoft Graph service-specific throttling limits").
 */
import { asArray, asObject, isObject, member, optNumber, optString } from '../../http/check.js';
import { busyOver, judgeItem } from './verdict.js';
import { callUrl } from '../../http/url.js';
import { RETRY_AFTER_MOST, retryAfterMs } from '../../http/retry.js';
import type { Clock, HttpClient, Repeat } from '../../http/types.js';
import { ProtocolError, Refused, UnknownOutcome } from '../../model/errors.js';
import { httpCall, replyOf } from './call.js';
import type { Call, Reply } from './call.js';

/** "Limited to 20 individual requests." */
const MOST = 20;
/** Characters of a batch: a request may have 4 MB. */
const MOST_SIZE = 3_000_000;
/** A call with a larger body goes alone, as its own bytes instead of base64. */
const LARGE = 512_000;
/** Batches of another kind that the first call in the queue lets pass. */
const PATIENCE = 5;
/** Statuses of a server (or a proxy) that has no batches. */
const NO_BATCHES = new Set([404, 405, 501]);
/** Times to wait for calls that are about to come. */
const TURNS = 8;

interface Item {
  call: Call;
  /** As it stands in the batch, without its id. */
  request: Record<string, unknown>;
  size: number;
  /** Refusals of the rate limiter so far. */
  refused: number;
  /** Batches that it stood first in the queue for, and was not in. */
  passed: number;
  done(reply: Reply): void;
  fail(error: unknown): void;
}

export class Batcher {
  private readonly queue: Item[] = [];
  private running = false;
  /** The server (or a proxy) has no batches. */
  private off = false;

  constructor(
    private readonly http: HttpClient,
    private readonly clock: Clock,
  ) {}

  /** @throws what the client throws; answers of 4xx come as they are */
  async send(call: Call): Promise<Reply> {
    const { path, picture } = call;
    if (this.off || /^https?:/i.test(path) || (picture?.bytes.length ?? 0) > LARGE) return this.alone(call);
    return new Promise((done, fail) => {
      const request = this.requestOf(call);
      this.queue.push({ call, request, size: JSON.stringify(request).length, refused: 0, passed: 0, done, fail });
      if (this.running) return;
      this.running = true;
      void this.run();
    });
  }

  private async alone(call: Call): Promise<Reply> {
    return replyOf(await this.http.send(httpCall(call)));
  }

  private requestOf(call: Call): Record<string, unknown> {
    const { headers = {} } = httpCall(call);
    const url = callUrl({ ...httpCall(call), url: call.path }, this.http.base).href;
    const { picture, json } = call;
    const body = picture === undefined ? json : Buffer.from(picture.bytes).toString('base64');
    return {
      method: call.method,
      // Relative to the version.
      url: `/${url.slice(this.http.base.href.length)}`,
      ...(Object.keys(headers).length === 0 ? {} : { headers }),
      ...(body === undefined ? {} : { body }),
    };
  }

  private async run(): Promise<void> {
    for (let turn = 0, seen = 0; turn < TURNS && this.queue.length > seen && this.queue.length < MOST; turn += 1) {
      seen = this.queue.length;
      await new Promise((resolve) => setImmediate(resolve));
    }
    while (this.queue.length > 0) await this.exchange(this.next());
    this.running = false;
  }

  /** The calls that most of the queue may be repeated as, so that batches are full; the first never waits for long. */
  private class(): Repeat | undefined {
    const [first] = this.queue;
    if (first === undefined || first.passed >= PATIENCE) return first?.call.repeat;
    const counts = new Map<Repeat, number>();
    for (const { call } of this.queue) counts.set(call.repeat, (counts.get(call.repeat) ?? 0) + 1);
    const most = Math.max(...counts.values());
    return counts.get(first.call.repeat) === most
      ? first.call.repeat
      : [...counts].find(([, count]) => count === most)?.[0];
  }

  private next(): Item[] {
    const repeat = this.class();
    const [first] = this.queue;
    if (first !== undefined && first.call.repeat !== repeat) first.passed += 1;
    const items: Item[] = [];
    let size = 0;
    for (let at = 0; at < this.queue.length && items.length < MOST;) {
      const item = this.queue[at];
      if (item === undefined || item.call.repeat !== repeat || (items.length > 0 && size + item.size > MOST_SIZE)) {
        at += 1;
        continue;
      }
      size += item.size;
      items.push(item);
      this.queue.splice(at, 1);
    }
    return items;
  }

  /** Never throws: every item gets its reply or error, or stands in the queue again. */
  private async exchange(items: Item[]): Promise<void> {
    const [first] = items;
    if (first === undefined) return;
    if (items.length === 1 || this.off) return this.apart(items);
    try {
      const requests = items.map(({ request }, index) => ({ id: String(index + 1), ...request }));
      const { repeat } = first.call;
      const what = `${first.call.what} (and ${items.length - 1} more)`;
      const url = '$batch';
      const answer = await this.http.send({
        ...{ method: 'POST', url, repeat, what, body: JSON.stringify({ requests }) },
        headers: { accept: 'application/json', 'content-type': 'application/json' },
      });
      // Refused as a whole, so nothing of it was done: one of them may be the reason.
      if (answer.status >= 400) {
        this.off = NO_BATCHES.has(answer.status);
        return await this.apart(items);
      }
      await this.settle(items, repliesOf(answer.json(), what));
    } catch (error) {
      if (error instanceof Refused && NO_BATCHES.has(error.status ?? 0)) {
        this.off = true;
        return await this.apart(items);
      }
      const lost = error instanceof ProtocolError && first.call.repeat === 'never';
      for (const { call, fail } of items) fail(lost ? unreadable(call, error) : error);
    }
  }

  private async apart(items: readonly Item[]): Promise<void> {
    await Promise.all(items.map(({ call, done, fail }) => this.alone(call).then(done, fail)));
  }

  private async settle(items: readonly Item[], replies: ReadonlyMap<string, Reply>): Promise<void> {
    const apart: Item[] = [];
    const refused: { item: Item; reply: Reply }[] = [];
    for (const [index, item] of items.entries()) {
      const reply = replies.get(String(index + 1));
      const verdict = judgeItem(reply?.status, item.call.repeat);
      if (reply !== undefined && verdict === 'done') item.done(reply);
      else if (reply !== undefined && verdict === 'refused') refused.push({ item, reply });
      else if (verdict === 'unknown') item.fail(lostItem(item.call, reply?.status));
      else apart.push(item);
    }
    this.again(refused);
    await this.apart(apart);
  }

  /** "Keep the successes, wait the longest delay, resend only the rest" ("Throttling and batching"). */
  private again(refused: readonly { item: Item; reply: Reply }[]): void {
    const [first] = refused;
    if (first === undefined) return;
    const now = this.clock.now();
    const attempt = Math.max(...refused.map(({ item }) => item.refused)) + 1;
    const asked = refused.map(({ reply }) => retryAfterMs(reply.header('retry-after'), now) ?? 0);
    // Without a header: 1 s, then double.
    const waitMs = Math.max(...asked) || 1000 * 2 ** Math.min(attempt - 1, 6);
    const repeated: Item[] = [];
    for (const { item, reply } of refused) {
      item.refused += 1;
      if (waitMs > RETRY_AFTER_MOST || item.refused > this.http.retries)
        item.fail(busyOver(item.call, reply.status, waitMs));
      else repeated.push(item);
    }
    if (repeated.length === 0) return;
    const { what } = first.item.call;
    this.http.pause({ what, reason: `${first.reply.status} inside a batch`, waitMs, attempt });
    this.queue.unshift(...repeated);
  }
}

/** Replies by id: they come in any order. */
function repliesOf(answer: unknown, what: string): Map<string, Reply> {
  const replies = new Map<string, Reply>();
  const list = asArray(member(asObject(answer, what), 'responses'), `${what}: responses`);
  for (const [index, value] of list.entries()) {
    const where = `${what}: responses[${index}]`;
    const item = asObject(value, where);
    replies.set(optString(item, 'id', where) ?? '', partReply(item, where));
  }
  return replies;
}

function partReply(item: Record<string, unknown>, where: string): Reply {
  const given = member(item, 'headers');
  const headers = new Map(
    Object.entries(isObject(given) ? given : {}).map(([name, value]) => [name.toLowerCase(), value]),
  );
  const body = member(item, 'body');
  return {
    status: optNumber(item, 'status', where) ?? 0,
    header: (name) => {
      const value = headers.get(name);
      return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
    },
    json: () => body,
    // "A base64 URL-encoded value, for example, when the body is an image": Buffer reads both alphabets.
    bytes: () => new Uint8Array(typeof body === 'string' ? Buffer.from(body, 'base64') : []),
    empty: body === undefined || body === null || body === '',
    start: () => (typeof body === 'string' ? body.slice(0, 64) : ''),
  };
}

function unreadable({ what }: Call, error: ProtocolError): UnknownOutcome {
  return new UnknownOutcome(`${what}: the answer cannot be read, so it may or may not have happened`, {
    why: error.message,
    hint: 'look before you repeat it',
    cause: error,
  });
}

function lostItem({ what, contact }: Call, status: number | undefined): UnknownOutcome {
  const why = status === undefined ? 'the batch brought no answer to it' : `the server answered ${status}`;
  return new UnknownOutcome(`${what}: ${why}, so it may or may not have happened`, {
    hint: 'look before you repeat it',
    ...(status === undefined ? {} : { status }),
    ...(contact === undefined ? {} : { contact }),
  });
}
