/** Lists (groupOfNames): members are names of entries, which may stand before or after them. */
import { put } from '../../model/json.js';
import type { FormatItem } from '../types.js';
import { dnKey, partsOfDn } from './dn.js';
import { cardOfAttributes } from './map-read.js';
import type { LdifRecord, LdifValue } from './records.js';

const MEMBERS = ['member', 'uniquemember'];

interface Waiting {
  item: Extract<FormatItem, { card: unknown }>;
  /** Key of the entry, and what a member is called when there is no such entry. */
  members: { key: string; name: string | undefined }[];
}

export class ListReader {
  /** By a short key of the name: all that is kept of an entry. */
  readonly #uids = new Map<string, string>();
  readonly #lists: Waiting[] = [];

  /** An entry that a list may name. Of two with one name the first counts. */
  know(dn: string, uid: string): void {
    const key = dnKey(dn);
    if (!this.#uids.has(key)) this.#uids.set(key, uid);
  }

  add({ line, dn, attributes, warnings }: LdifRecord): void {
    const rest = new Map<string, readonly LdifValue[]>(attributes);
    const names = MEMBERS.flatMap((name) => attributes.get(name) ?? []);
    const users = attributes.get('memberuid') ?? [];
    for (const name of [...MEMBERS, 'memberuid']) rest.delete(name);
    const made = cardOfAttributes(rest);
    made.card.kind = 'group';
    if (dn !== undefined) this.know(dn, made.card.uid);
    const members = names.flatMap((name) => (typeof name === 'string' ? [memberOf(name)] : []));
    for (const user of users) if (typeof user === 'string') members.push({ key: '', name: user });
    const derived = made.uidMissing ? { uidDerived: true as const } : {};
    this.#lists.push({
      item: { card: made.card, line, warnings: [...warnings, ...made.warnings], ...derived },
      members,
    });
  }

  /** The lists, with the uids of their members. */
  *end(): Generator<FormatItem> {
    for (const { item, members } of this.#lists) {
      const set: Record<string, true> = {};
      let lost = 0;
      for (const { key, name } of members) {
        const uid = this.#uids.get(key) ?? name;
        if (uid === undefined) lost += 1;
        else put(set, uid, true);
      }
      item.card.members = set;
      const missing = lost === 0 ? [] : [`${lost} ${lost === 1 ? 'member is' : 'members are'} not in the file`];
      yield { ...item, warnings: [...item.warnings, ...missing] };
    }
    this.#lists.length = 0;
  }
}

function memberOf(dn: string): { key: string; name: string | undefined } {
  const parts = partsOfDn(dn);
  const mail = parts.get('mail');
  return { key: dnKey(dn), name: parts.get('uid') ?? (mail === undefined ? undefined : `mailto:${mail}`) };
}
