/** Writing contacts: create, update, delete, and the mark as a favourite. */
import type { ContactRecord } from '../../model/card.js';
import { CardferryError, Conflict, NotFound, ProtocolError, Refused, UnknownOutcome } from '../../model/errors.js';
import type { ContactChange, NewContact, ProviderContext, WriteResult } from '../types.js';
import type { Api } from './api.js';
import { Births } from './births.js';
import { createBody, FAVORITE, idOf, isFavorite, losesName, updateBody } from './map.js';
import type { Native } from './map.js';
import { bookNamed, COMPANY, contactPath, PERSONAL, placeOf, rootOf, toId } from './places.js';
import type { Reader } from './read.js';

export class Writer {
  private readonly births: Births;
  private readonly warned = new Set<string>();

  constructor(
    private readonly api: Api,
    private readonly ctx: ProviderContext,
    private readonly reader: Reader,
  ) {
    this.births = new Births(api, reader);
  }

  async create({ card, bookId }: NewContact): Promise<WriteResult> {
    const book = bookId ?? bookNamed(this.ctx.book);
    const json = createBody(card);
    const path = rootOf(book);
    const what = 'create the contact';
    const raw = await this.births.create(book, card, () =>
      this.guarded(book, async () => {
        const answer = await this.api.object({ method: 'POST', path, json, repeat: 'never', what });
        return newId(answer, what);
      }),
    );
    const id = toId({ book, raw });
    if (isFavorite(card)) await this.markNew(id);
    return { id, bookIds: [book] };
  }

  /** After a lost answer: see {@link Births.find}. The mark as a favourite, which came after, is made up for. */
  async lookup({ card, bookId }: NewContact): Promise<ContactRecord | undefined> {
    const book = bookId ?? bookNamed(this.ctx.book);
    const native = await this.births.find(book, card);
    if (native === undefined) return undefined;
    const record = this.reader.record(native, book);
    if (!isFavorite(card) || native.favorite) return record;
    await this.markNew(record.id);
    const { etag: _, ...rest } = record;
    return { ...rest, card: { ...record.card, [FAVORITE]: true } };
  }

  async update(id: string, { next, last }: ContactChange): Promise<WriteResult> {
    const { book } = placeOf(id);
    const current = await this.compare(id, last.etag);
    this.warnOfSync(id, 'changed');
    const json = updateBody(last.card, next, current.flat);
    if (json !== undefined) {
      if (json['name'] === undefined && losesName(last.card, next)) {
        this.ctx.warn(`${id}: PortSIP cannot take a name away; the contact may keep it`);
      }
      const call = { method: 'POST', repeat: 'idempotent', what: 'update the contact', contact: id } as const;
      await this.guarded(book, () => this.api.send({ ...call, path: contactPath(id), json }));
    }
    const favorite = isFavorite(next);
    if (favorite !== isFavorite(last.card) && favorite !== current.favorite) {
      if (book === PERSONAL) await this.mark(id, favorite);
      else if (favorite) this.warnOfFavorites();
    }
    return { id, bookIds: [book] };
  }

  async delete({ id, etag }: ContactRecord): Promise<void> {
    if (etag !== undefined) await this.compare(id, etag);
    this.warnOfSync(id, 'deleted');
    const call = { method: 'POST', repeat: 'idempotent', what: 'delete the contact', contact: id } as const;
    try {
      await this.guarded(placeOf(id).book, () => this.api.send({ ...call, path: contactPath(id, 'destroy') }));
    } catch (error) {
      // It was there a moment ago: gone means that our first try was done and its answer lost.
      if (!(error instanceof NotFound && etag !== undefined)) throw error;
    }
  }

  /**
   * PortSIP has no conditional writes and no partial ones: read, compare, write all. Without an `etag` nothing is
   * compared.
   * @throws NotFound, Conflict
   */
  private async compare(id: string, etag: string | undefined): Promise<Native> {
    const current = await this.reader.find(id);
    if (current.syncType !== undefined) this.reader.synced.set(id, current.syncType);
    if (etag === undefined || current.etag === etag) return current;
    throw new Conflict('the contact was changed on the server since it was read', {
      contact: id,
      hint: 'read it again, then repeat the change',
    });
  }

  private async mark(id: string, favorite: boolean): Promise<void> {
    const what = favorite ? 'mark the contact as a favourite' : 'unmark the contact as a favourite';
    const path = contactPath(id, favorite ? 'favorite' : 'unfavorite');
    await this.api.send({ method: 'POST', path, repeat: 'idempotent', what, contact: id });
  }

  /** The contact is made: that its mark failed is worth a warning, not a second contact. */
  private async markNew(id: string): Promise<void> {
    if (placeOf(id).book !== PERSONAL) {
      this.warnOfFavorites();
      return;
    }
    try {
      await this.mark(id, true);
    } catch (error) {
      if (!(error instanceof CardferryError)) throw error;
      this.ctx.warn(`${id} was made, but not marked as a favourite: ${error.message}`);
    }
  }

  /** Remembers that company contacts may not be written. */
  private async guarded<T>(book: string, write: () => Promise<T>): Promise<T> {
    try {
      return await write();
    } catch (error) {
      if (book === COMPANY && error instanceof Refused && error.status === 403) this.reader.companyRefused = true;
      throw error;
    }
  }

  private warnOnce(key: string, message: string): void {
    if (this.warned.has(key)) return;
    this.warned.add(key);
    this.ctx.warn(message);
  }

  private warnOfFavorites(): void {
    this.warnOnce('favorites', 'company contacts have no favourites: the mark is left out');
  }

  /** "Microsoft 365": a one-way synchronization. */
  private warnOfSync(id: string, done: 'changed' | 'deleted'): void {
    const from = this.reader.synced.get(id);
    if (from === undefined) return;
    this.warnOnce(
      `sync ${from}`,
      `contacts that come from ${from} are ${done}: the next synchronization may undo it; edit them there`,
    );
  }
}

function newId(answer: Record<string, unknown>, what: string): string {
  try {
    return idOf(answer, what);
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error;
    throw new UnknownOutcome(`${what}: the server named no id`, { hint: 'look for it before you repeat it' });
  }
}
