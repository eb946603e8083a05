/** Entries with names of their own, and the lists that name them, behind all others. */
import type { Card } from '../../model/card.js';
import { entriesOf } from '../../model/json.js';
import { diffCards } from '../../model/normalize.js';
import { displayName, emailsOf } from '../../model/view.js';
import type { FormatLoss } from '../types.js';
import { cleanText } from '../vcard/values.js';
import { dnKey, dnPart } from './dn.js';
import { attributesOfCard, type Attribute } from './map-write.js';
import { cardOfAttributes } from './map-read.js';
import type { LdifValue } from './records.js';
import { lineOf } from './write.js';

const PERSON = ['top', 'person', 'organizationalPerson', 'inetOrgPerson', 'mozillaAbPersonAlpha'];
const LIST = ['top', 'groupOfNames'];

export class EntryWriter {
  /** Names of entries by uid, for lists. */
  readonly #names = new Map<string, string>();
  readonly #taken = new Set<string>();
  readonly #lists: { card: Card; dn: string }[] = [];
  readonly #onLoss: (loss: FormatLoss) => void;

  constructor(onLoss: (loss: FormatLoss) => void) {
    this.#onLoss = onLoss;
  }

  /** The entry of a contact; nothing yet for a list. */
  entry(card: Card): string {
    const dn = this.#nameOf(card);
    if (!this.#names.has(card.uid)) this.#names.set(card.uid, dn);
    if (card.kind === 'group') {
      this.#lists.push({ card, dn });
      return '';
    }
    const attributes = attributesOfCard(card);
    this.#tell(card, attributes, {});
    return recordOf(dn, PERSON, attributes);
  }

  *end(): Generator<string> {
    for (const { card, dn } of this.#lists) {
      const attributes = attributesOfCard(card);
      const members = entriesOf(card.members).flatMap(([uid, set]) => (set === true && uid !== '' ? [uid] : []));
      for (const uid of members) attributes.push(['member', this.#names.get(uid) ?? memberName(uid)]);
      this.#tell(card, attributes, { kind: 'group', ...(card.members === undefined ? {} : { members: card.members }) });
      yield recordOf(dn, LIST, attributes);
    }
    this.#lists.length = 0;
  }

  /** Name and address, as Thunderbird does; two entries of one name are told apart by their uid. */
  #nameOf(card: Card): string {
    const name = cleanText(displayName(card)).trim();
    const mail = card.kind === 'group' ? '' : cleanText(emailsOf(card)[0] ?? '').trim();
    const parts = [...(name === '' ? [] : [dnPart('cn', name)]), ...(mail === '' ? [] : [dnPart('mail', mail)])];
    if (parts.length === 0) parts.push(dnPart('uid', card.uid));
    const short = parts.join(',');
    const dn = this.#taken.has(dnKey(short)) ? `${short},${dnPart('uid', card.uid)}` : short;
    this.#taken.add(dnKey(dn));
    return dn;
  }

  #tell(card: Card, attributes: readonly Attribute[], more: Partial<Card>): void {
    const values = new Map<string, LdifValue[]>();
    for (const [name, value] of attributes) {
      const list = values.get(name.toLowerCase());
      if (list === undefined) values.set(name.toLowerCase(), [value]);
      else list.push(value);
    }
    values.delete('member');
    const back: Card = { ...cardOfAttributes(values).card, ...more };
    for (const { field, kind, expected, found } of diffCards(card, back)) {
      if (kind === 'extra') continue;
      const detail = kind === 'changed' && found !== undefined ? `${expected ?? ''} -> ${found}` : (expected ?? '');
      this.#onLoss({ field, uid: card.uid, detail });
    }
  }
}

/** A member that is no contact of the file. */
function memberName(uid: string): string {
  return /^mailto:./i.test(uid) ? dnPart('mail', uid.slice(7)) : dnPart('uid', uid);
}

function recordOf(dn: string, classes: readonly string[], attributes: readonly Attribute[]): string {
  const lines = [lineOf('dn', dn), ...classes.map((name) => lineOf('objectclass', name))];
  for (const [name, value] of attributes) lines.push(lineOf(name, value));
  return `${lines.join('')}\n`;
}
