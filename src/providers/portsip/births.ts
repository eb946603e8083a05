/**
 * Which contacts are new since this connection began to create some: PortSIP knows no key that would make a repeated
 * create harmless, so a create whose answer was lost is looked for among them. A single create asks for nothing before
 * it: when its answer is lost the contacts are listed, and one that may have been there before is never taken for it.
 * From the second create on a sync token tells what is new.
 */
import type { Card } from '../../model/card.js';
import { UnknownOutcome } from '../../model/errors.js';
import { cardHash, equalCards } from '../../model/normalize.js';
import type { Api } from './api.js';
import { diffSince, takeToken } from './delta.js';
import { FAVORITE, project } from './map.js';
import type { Native } from './map.js';
import { PERSONAL, toId } from './places.js';
import { isFatal } from './read.js';
import type { Reader } from './read.js';

/** What is known of a book from before its creates. */
interface Start {
  /** The first create: over, well or not. */
  first?: Promise<unknown>;
  /** Hash of the card of the first create, until it is known what became of it: no token is from before it. */
  early?: string | undefined;
  begun?: Promise<void>;
  /** A sync token from before the second create, moved on with each delta; undefined where the server has none (any more). */
  token?: string | undefined;
  /** Contacts made since, as the deltas tell them. By the server's own id. */
  news: Map<string, Native>;
  /** Contacts of the last complete listing before the first create. */
  listed?: ReadonlySet<string>;
  /** One delta at a time: each needs the token of the one before. */
  asking: Promise<unknown>;
}

/** A new contact is marked as a favourite by a second call: a lost one may or may not be. */
function unmarked(card: Card): Card {
  const { [FAVORITE]: _, ...rest } = card;
  return { ...rest, '@type': 'Card', version: card.version, uid: card.uid };
}

export class Births {
  private readonly starts = new Map<string, Start>();
  /** Contacts that belong to a create already, answered or found. */
  private readonly claimed = new Set<string>();
  /** Creates and searches of equal contacts take turns: an answer on its way says which contact is whose. */
  private readonly turns = new Map<string, Promise<unknown>>();

  constructor(
    private readonly api: Api,
    private readonly reader: Reader,
  ) {
    reader.onListed = (book, ids) => {
      const start = this.start(book);
      if (start.first === undefined) start.listed = ids;
    };
  }

  /** Sends a create. The first one needs no more; before the others it is settled what was there, with one request. */
  async create(book: string, card: Card, send: () => Promise<string>): Promise<string> {
    const start = this.start(book);
    const wanted = unmarked(project(card));
    const work = async (): Promise<string> => {
      const raw = await send();
      this.claimed.add(toId({ book, raw }));
      return raw;
    };
    if (start.first === undefined) {
      start.early = cardHash(wanted);
      const made = this.inTurn(book, wanted, work).then((raw) => {
        start.early = undefined;
        return raw;
      });
      start.first = made.catch(() => undefined);
      return made;
    }
    await start.first;
    await this.begin(book);
    return this.inTurn(book, wanted, work);
  }

  /**
   * The contact that a lost create made: equal, new, and nobody else's. One of our own is the last resort, which the
   * caller knows.
   * @throws UnknownOutcome when an equal one is there and may have been there before
   */
  find(book: string, card: Card): Promise<Native | undefined> {
    const wanted = unmarked(project(card));
    return this.inTurn(book, wanted, async () => {
      const start = this.start(book);
      const early = start.early === cardHash(wanted);
      const { natives, sure } = await this.candidates(book, early);
      const equal = natives.filter((native) => equalCards(wanted, unmarked(native.card)));
      const free = equal.find(({ id }) => !this.claimed.has(toId({ book, raw: id })));
      if (early && (sure || free === undefined)) start.early = undefined;
      if (free === undefined) return equal.at(-1);
      const id = toId({ book, raw: free.id });
      if (!sure) {
        throw new UnknownOutcome('create the contact: one just like it is there, and may have been there before', {
          contact: id,
          hint: 'look at the contacts before you repeat it',
        });
      }
      this.claimed.add(id);
      return free;
    });
  }

  private inTurn<T>(book: string, card: Card, work: () => Promise<T>): Promise<T> {
    const key = `${book} ${cardHash(card)}`;
    const done = (this.turns.get(key) ?? Promise.resolve()).then(work);
    const over = done
      .catch(() => undefined)
      .then(() => {
        if (this.turns.get(key) === over) this.turns.delete(key);
      });
    this.turns.set(key, over);
    return done;
  }

  private start(book: string): Start {
    const found = this.starts.get(book);
    if (found !== undefined) return found;
    const made: Start = { news: new Map(), asking: Promise.resolve() };
    this.starts.set(book, made);
    return made;
  }

  private begin(book: string): Promise<void> {
    const start = this.start(book);
    start.begun ??= this.takeToken(book, start).catch((error: unknown) => {
      delete start.begun;
      throw error;
    });
    return start.begun;
  }

  /** Only personal contacts have sync tokens, and not on every server. */
  private async takeToken(book: string, start: Start): Promise<void> {
    if (book !== PERSONAL) return;
    try {
      start.token = await takeToken(this.api);
    } catch (error) {
      if (isFatal(error)) throw error;
    }
  }

  /** `sure`: none of them was there before the create. `early`: it is the one that no token is from before of. */
  private async candidates(book: string, early: boolean): Promise<{ natives: Native[]; sure: boolean }> {
    const start = this.start(book);
    await start.begun?.catch(() => undefined);
    if (!early && start.token !== undefined) {
      const asked = start.asking.then(() => this.moveOn(book, start));
      start.asking = asked.catch(() => undefined);
      if (await asked) return { natives: [...start.news.values()], sure: true };
    }
    // Who looks for what an earlier program began to create has nothing but the comparison.
    const own = start.first !== undefined;
    const natives: Native[] = [];
    for await (const native of this.reader.scan(book)) {
      if (!own || start.listed?.has(native.id) !== true) natives.push(native);
    }
    return { natives, sure: !own || start.listed !== undefined };
  }

  /** False when the token is forgotten. */
  private async moveOn(book: string, start: Start): Promise<boolean> {
    if (start.token === undefined) return false;
    const delta = await diffSince(this.api, start.token, this.reader.originOf(book));
    start.token = delta?.token;
    if (delta === undefined) return false;
    for (const native of delta.created) start.news.set(native.id, native);
    for (const native of delta.updated) if (start.news.has(native.id)) start.news.set(native.id, native);
    for (const raw of delta.deleted) start.news.delete(raw);
    return true;
  }
}
