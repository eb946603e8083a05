/** The stand-in's account: contacts, groups, login tokens, and what each call does to them. */
import { randomBytes } from 'node:crypto';
import { Failure } from './answers.js';

export interface FakeContact {
  id: string;
  name: string;
  email: string;
  mobile: string;
  /** Ids of groups. */
  groups: Set<string>;
}

export interface StoreRules {
  /** How no contacts are written. Default: as in the sample. */
  empty?: 'null' | 'absent';
  /** `contacts/get` shows `mobile`: no sample does. */
  mobile: 'hidden' | 'shown';
  /** A contact without groups has an empty list, none at all, or null. */
  noGroups: 'list' | 'omitted' | 'null';
  /** Longest name that is kept. */
  nameLimit: number;
  /** What an empty `mobile` does: the page does not say. */
  emptyMobile: 'clears' | 'ignored';
  /** Code for an unknown group: not shown anywhere. */
  unknownGroup: 'InvalidParameter' | 'NotFound';
  /** Addresses that the server takes. */
  validEmail: RegExp;
}

type Form = ReadonlyMap<string, string>;

export class Store {
  readonly contacts = new Map<string, FakeContact>();
  readonly groups = new Map<string, { id: string; name: string }>();
  private next = 1_000_658_318;

  constructor(readonly rules: StoreRules) {}

  add(texts: { name: string; email: string; mobile?: string }): FakeContact {
    const id = String(this.next++);
    const name = texts.name.trim().slice(0, this.rules.nameLimit);
    const contact = { id, name, email: texts.email, mobile: texts.mobile ?? '', groups: new Set<string>() };
    this.contacts.set(id, contact);
    return contact;
  }

  addGroup(name: string, members: readonly FakeContact[] = []): string {
    const id = randomBytes(16).toString('hex');
    this.groups.set(id, { id, name });
    for (const member of members) member.groups.add(id);
    return id;
  }

  /** The body of a successful answer. @throws Failure */
  perform(kind: string, form: Form): Record<string, unknown> {
    switch (kind) {
      case 'contacts/get':
        return this.list();
      case 'contacts/add':
        return this.addContact(form);
      case 'contacts/update':
        return this.update(form);
      case 'contacts/delete':
        return this.remove(form);
      case 'contacts/group/get':
        return { status: 'OK', groups: [...this.groups.values()].map(shown) };
      default:
        return this.performGroup(kind, form);
    }
  }

  private performGroup(kind: string, form: Form): Record<string, unknown> {
    if (kind === 'contacts/group/add') {
      const id = this.addGroup(form.get('name') ?? '');
      return { responsestatus: 'OK', Groups: [shown({ id, name: form.get('name') ?? '' })] };
    }
    const group = this.group(form);
    if (kind === 'contacts/group/update') group.name = form.get('name') ?? '';
    else if (kind === 'contacts/group/delete') {
      this.groups.delete(group.id);
      for (const contact of this.contacts.values()) contact.groups.delete(group.id);
    } else if (kind === 'contacts/addtogroup') this.contact(form).groups.add(group.id);
    else this.contact(form).groups.delete(group.id);
    return { responsestatus: 'OK' };
  }

  private list(): Record<string, unknown> {
    const contacts = [...this.contacts.values()].map((contact) => {
      const groups = [...contact.groups].map((id) => ({ contactgroupid: id, name: this.groups.get(id)?.name ?? '' }));
      const { noGroups, mobile } = this.rules;
      const none = { list: { groups: [] }, omitted: {}, null: { groups: null } }[noGroups];
      return {
        contactid: contact.id,
        name: contact.name,
        email: contact.email,
        ...(mobile === 'shown' ? { mobile: contact.mobile } : {}),
        ...(groups.length === 0 ? none : { groups }),
      };
    });
    const { empty } = this.rules;
    if (contacts.length === 0 && empty !== undefined) {
      return { ...(empty === 'null' ? { contacts: null } : {}), responsestatus: 'OK' };
    }
    // "Contacts" when there are none, as in the sample.
    return contacts.length === 0 ? { Contacts: [], responsestatus: 'OK' } : { contacts, responsestatus: 'OK' };
  }

  private addContact(form: Form): Record<string, unknown> {
    const [name, email] = [form.get('name') ?? '', this.email(form.get('email') ?? '')];
    const made = this.add({ name, email, mobile: form.get('mobile') ?? '' });
    return { responsestatus: 'OK', contact: { contactid: made.id, name: made.name, email: made.email } };
  }

  private update(form: Form): Record<string, unknown> {
    const contact = this.contact(form);
    const [name, email, mobile] = [form.get('name'), form.get('email'), form.get('mobile')];
    if (email !== undefined) contact.email = this.email(email);
    if (name !== undefined) contact.name = name.trim().slice(0, this.rules.nameLimit);
    if (mobile !== undefined && (mobile !== '' || this.rules.emptyMobile === 'clears')) contact.mobile = mobile;
    return { responsestatus: 'OK' };
  }

  private remove(form: Form): Record<string, unknown> {
    this.contacts.delete(this.contact(form).id);
    return { responsestatus: 'OK' };
  }

  private email(text: string): string {
    if (this.rules.validEmail.test(text)) return text;
    throw new Failure('InvalidEmail', `Parameter 'email' is not a valid e-mail address: ${text}`);
  }

  private contact(form: Form): FakeContact {
    const contact = this.contacts.get(form.get('contactid') ?? '');
    if (contact === undefined) throw new Failure('InvalidParameter', 'Contact not found');
    return contact;
  }

  private group(form: Form): { id: string; name: string } {
    const group = this.groups.get(form.get('contactgroupid') ?? '');
    if (group === undefined) throw new Failure(this.rules.unknownGroup, 'Group not found');
    return group;
  }
}

function shown({ id, name }: { id: string; name: string }): Record<string, string> {
  return { contactgroupid: id, contactgroupname: name };
}
