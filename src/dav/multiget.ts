/** Reading many cards: addressbook-multiget (RFC 6352, section 8.7) in batches, one by one where there is none. */
import { NotFound, ProtocolError } from '../model/errors.js';
import { isWebPage, webPage, WrongServer } from '../http/answer.js';
import type { HttpAnswer } from '../http/types.js';
import type { DavClient } from './client.js';
import { cleanEtag, refusalOf } from './client.js';
import type { DavEntry } from './collection.js';
import { davError, names } from './errors.js';
import { hrefPath } from './hrefs.js';
import { C, D } from './names.js';
import { inOrder } from './pool.js';
import { escapeXml, parseMultistatus, tag, xmlDocument } from './xml.js';

/** A card as the server gave it. */
export interface DavCard {
  /** From `hrefPath`. */
  path: string;
  /** As spelt for requests, when that differs. */
  request?: string;
  etag?: string;
  /** vCard text. In XML the CR of line ends is lost: never compare it with the bytes of a GET. */
  data: string;
}

/** A card that is there but could not be read, and why. */
export interface DavUnreadable {
  path: string;
  error: unknown;
}

export interface ReadOptions {
  /** Ask for vCard 4.0: only of servers that list it. A plain GET then would give a converted card (Cyrus). */
  version4: boolean;
  /** Requests at a time (default 3). */
  concurrency?: number;
  /** Most cards a request (default 100). */
  batch?: number;
}

const BATCH = 100;
/** Batches shrink so that an answer stays near this size (characters): pictures make cards a thousand times bigger. */
const ANSWER_SIZE = 16 * 1024 * 1024;

/**
 * Reads cards in the order of `entries`, batch by batch. What is gone by now is left out. A card that cannot be read
 * comes as {@link DavUnreadable} and costs no other. Holds no more than the batches at work.
 *
 * @param path the collection, spelt for requests
 */
export async function* readCards(
  dav: DavClient,
  path: string,
  entries: readonly DavEntry[],
  options: ReadOptions,
): AsyncGenerator<DavCard | DavUnreadable> {
  const reader = new CardReader(dav, path, options);
  for await (const batch of inOrder(reader.batches(entries), options.concurrency ?? 3, (part) => reader.read(part))) {
    yield* batch;
  }
}

/** One card by href. @throws NotFound, Refused */
export async function readCard(dav: DavClient, folder: string, entry: DavEntry, version4: boolean): Promise<DavCard> {
  if (!version4) return getCard(dav, entry);
  const [found] = await new CardReader(dav, folder, { version4 }).read([entry]);
  if (found === undefined)
    throw new NotFound('cannot read the contact', { why: 'there is nothing of that name', contact: entry.path });
  if ('error' in found) throw found.error;
  return found;
}

/** One card by GET. @throws NotFound, Refused */
export async function getCard(dav: DavClient, entry: DavEntry): Promise<DavCard> {
  const what = 'read the contact';
  const headers = { Accept: 'text/vcard, text/x-vcard;q=0.9, text/directory;q=0.8, */*;q=0.1' };
  const answer = await dav.send({ method: 'GET', path: entry.request ?? entry.path, headers, repeat: 'safe', what });
  if (answer.status !== 200) throw davError(refusalOf(answer), what, entry.path);
  if (isWebPage(answer)) throw webPage(answer, what, 'a vCard');
  const etag = cleanEtag(answer.header('etag')) ?? entry.etag;
  return { ...entry, data: answer.text(), ...(etag !== undefined && { etag }) };
}

class CardReader {
  /** Learnt on the way: the server has no multiget. */
  #single = false;
  #cards = 0;
  #size = 0;

  constructor(
    private readonly dav: DavClient,
    private readonly path: string,
    private readonly options: ReadOptions,
  ) {}

  /** Cuts the entries into batches by what the cards read so far weigh. */
  *batches(entries: readonly DavEntry[]): Generator<readonly DavEntry[]> {
    const most = this.options.batch ?? BATCH;
    for (let at = 0; at < entries.length;) {
      const mean = this.#cards === 0 ? 0 : this.#size / this.#cards;
      const fits = mean === 0 ? most : Math.floor(ANSWER_SIZE / mean);
      const size = Math.max(1, Math.min(most, fits));
      yield entries.slice(at, at + size);
      at += size;
    }
  }

  async read(entries: readonly DavEntry[]): Promise<(DavCard | DavUnreadable)[]> {
    if (entries.length === 0) return [];
    if (this.#single) return this.#readSingly(entries);
    try {
      const answer = await this.#multiget(entries);
      if (answer.status === 207 && !isWebPage(answer)) return await this.#collect(answer, entries);
      const refusal = refusalOf(answer);
      if ([405, 501].includes(answer.status) || names(refusal, 'supported-report')) {
        this.#single = true;
        return await this.#readSingly(entries);
      }
      if (isWebPage(answer) && answer.status < 400) throw webPage(answer, 'read the contacts', 'WebDAV');
      if ([401, 429].includes(answer.status)) throw davError(refusal, 'read the contacts');
    } catch (error) {
      // An answer that is cut, too large or not well-formed: one card of the batch is the cause.
      if (!(error instanceof ProtocolError) || error instanceof WrongServer) throw error;
    }
    return this.#halves(entries);
  }

  #multiget(entries: readonly DavEntry[]): Promise<HttpAnswer> {
    const wanted = this.options.version4 ? { 'content-type': 'text/vcard', version: '4.0' } : {};
    const body = xmlDocument(C.multiget, [
      tag(D.prop, [tag(D.getetag), tag(C.addressData, [], wanted)]),
      ...entries.map((entry) => tag(D.href, [escapeXml(entry.request ?? entry.path)])),
    ]);
    return this.dav.send({
      method: 'REPORT',
      path: this.path,
      // RFC 6352, section 8.7 wants Depth 0; the older servers were written against drafts and take any.
      depth: '0',
      body,
      repeat: 'safe',
      what: 'read the contacts',
      ...(entries.length > 1 && { accept: [500] }),
    });
  }

  /** In the order asked. A 404 item is gone; one left out (DAViCal) or without data is asked for by GET to be sure. */
  async #collect(answer: HttpAnswer, entries: readonly DavEntry[]): Promise<(DavCard | DavUnreadable)[]> {
    const base = hrefPath(answer.url);
    const found = new Map<string, { data: string | undefined; etag: string | undefined; gone: boolean }>();
    parseMultistatus(answer.text(), (response) => {
      const gone = response.status === 404 || response.status === 410;
      const etag = cleanEtag(response.props.get(D.getetag)?.text);
      found.set(hrefPath(response.href, base), { data: response.props.get(C.addressData)?.text, etag, gone });
    });
    const cards: (DavCard | DavUnreadable)[] = [];
    for (const entry of entries) {
      const one = found.get(entry.path);
      if (one?.gone === true) continue;
      if (one?.data === undefined || one.data.trim() === '') {
        cards.push(...(await this.#readSingly([entry])));
        continue;
      }
      this.#cards += 1;
      this.#size += one.data.length;
      const etag = one.etag ?? entry.etag;
      cards.push({ ...entry, data: one.data, ...(etag !== undefined && { etag }) });
    }
    return cards;
  }

  /** sabre 1.8 answers 404 for all when one href is absent: halves find it, and the rest comes through. */
  async #halves(entries: readonly DavEntry[]): Promise<(DavCard | DavUnreadable)[]> {
    if (entries.length === 1) return this.#readSingly(entries);
    const middle = Math.ceil(entries.length / 2);
    const first = await this.read(entries.slice(0, middle));
    return [...first, ...(await this.read(entries.slice(middle)))];
  }

  async #readSingly(entries: readonly DavEntry[]): Promise<(DavCard | DavUnreadable)[]> {
    const found: (DavCard | DavUnreadable)[] = [];
    const read = (entry: DavEntry): Promise<DavCard | DavUnreadable | undefined> =>
      getCard(this.dav, entry).catch((error: unknown) => {
        if (error instanceof NotFound) return undefined;
        if (isVerdict(error)) return { path: entry.path, error };
        throw error;
      });
    for await (const one of inOrder(entries, 4, read)) if (one !== undefined) found.push(one);
    return found;
  }
}

/** A refusal of this one card; anything else (no connection, sign-in, abort) concerns them all. */
function isVerdict(error: unknown): boolean {
  if (error instanceof WrongServer) return false;
  const code = error instanceof Error && 'code' in error ? error.code : undefined;
  return code === 'refused' || code === 'protocol' || code === 'conflict';
}
