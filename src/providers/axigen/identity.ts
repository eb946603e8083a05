/**
 * Ids of contacts at Axigen. The user sees the uid of the card (a UUID without `urn:uuid:`); a card without a uid, a second
 * card with the same one, and every card of another collection than the main one are called by their path.
 */
import { encodeSegment, lastName } from '../../dav/index.js';
import { deriveUid, uidKey } from '../../model/normalize.js';

/** Longer names are refused by file systems that a server may keep its cards on. */
const LONGEST = 200;
const SUFFIX = '.vcf';

/** The uid as an id: without `urn:uuid:`, letters as they are, since servers compare names letter by letter. */
export function bareUid(uid: string): string {
  return uid.trim().replace(/^urn:uuid:/i, '');
}

/** Whether the uid can be an id: it must not look like a path or like an id of the Mailbox API. */
export function isPlain(bare: string): boolean {
  return bare !== '' && !bare.startsWith('/') && !bare.startsWith('rest:');
}

/** Name of the resource of a contact with that id: `<uid>.vcf`, or one derived from uids that make no good name. */
export function resourceName(id: string): string {
  const good = !/[/\\\u0000-\u001f\u007f]/.test(id) && id.trim() === id && encodeSegment(id).length <= LONGEST;
  return `${good ? id : uidKey(deriveUid('axigen', id))}${SUFFIX}`;
}

/** Where a contact with that id is unless we learnt better. `folder` is the path of the collection. */
export function usualPath(folder: string, id: string): string {
  return `${folder}${encodeSegment(resourceName(id))}`;
}

/** Learns from listings which path each id has; those that tell each other are not kept. */
export class Paths {
  readonly #paths = new Map<string, string>();
  readonly #ids = new Map<string, string>();

  /** The path of an id, when it is another than the usual one. */
  get(id: string): string | undefined {
    return this.#paths.get(id);
  }

  /** The id of the card at a path of the main collection, as far as it was read; else what its name says. */
  idAt(path: string): string {
    const name = lastName(path);
    return this.#ids.get(path) ?? (name.endsWith(SUFFIX) ? name.slice(0, -SUFFIX.length) : path);
  }

  /**
   * The id of a card of the main collection, and whether the uid is its own alone.
   *
   * @param names of the whole listing: a uid belongs to the resource that is called by it, if there is one
   */
  idOf(path: string, uid: string | undefined, names: ReadonlySet<string>): { id: string; own: boolean } {
    const bare = uid === undefined ? '' : bareUid(uid);
    const usual = resourceName(bare);
    if (isPlain(bare) && lastName(path) === usual) {
      if (usual !== `${bare}${SUFFIX}`) this.#ids.set(path, bare);
      return { id: bare, own: true };
    }
    const known = this.#paths.get(bare);
    const free = isPlain(bare) && !names.has(usual) && (known === undefined || known === path);
    if (free) this.#paths.set(bare, path);
    const id = free ? bare : path;
    this.#ids.set(path, id);
    return { id, own: free };
  }
}
