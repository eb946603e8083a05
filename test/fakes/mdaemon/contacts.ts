/** The contact operations of the stand-in. */
import { randomUUID } from 'node:crypto';
import { applyBody, Failure, withoutToken } from './bodies.js';
import type { BodyRules } from './bodies.js';
import { csvOf, sorted, sortedMembers, vcardOf } from './files.js';
import type { Params } from './routes.js';
import { text, view } from './state.js';
import type { FakeContact, FakeFolder, Store } from './state.js';
import { Undocumented } from './wire.js';
import type { FakeRequest, Reply } from './wire.js';

export interface ContactRules extends BodyRules {
  /** Contacts a page without `max_per_page`, and the most a page ever holds. */
  pageSize: number;
  maxPageSize: number;
  /** `total` is in the answers (version 3.5). */
  total: boolean;
  /** Members that hold nothing are shown as ''. */
  blanks: boolean;
  /** Groups in lists show their members. */
  listMembers: boolean;
  /** A move gives a new id. */
  newIdOnMove: boolean;
  /** Uploaded pictures come back as this. */
  picture?: string;
}

const SEARCHED = [
  'name',
  'nick_name',
  'emails.email',
  'emails.email2',
  'emails.email3',
  'company',
  'department',
  'title',
  'phone.business',
  'phone.home',
  'phone.home_mobile',
];
const EMAILS = ['emails.email', 'emails.email2', 'emails.email3'];
const ok = (body: unknown = { success: true }): Reply => ({ status: 200, body });

export class Contacts {
  constructor(
    private readonly store: Store,
    private readonly rules: ContactRules,
    private readonly user: string,
  ) {}

  /** @throws Failure, Undocumented */
  answer(kind: string, params: Params, request: FakeRequest): Reply {
    switch (kind) {
      case 'pictures':
        return this.pictures(params);
      case 'away':
        return this.away(params['contact'] ?? '');
      case 'contact':
        return ok(this.single(this.one(params)));
      case 'page':
        return this.page(
          params,
          sorted(this.inPlace(params), params).map((contact) => this.item(contact)),
          true,
        );
      case 'search':
        return this.page(
          params,
          sorted(this.found(params), params).map((contact) => this.item(contact)),
          false,
        );
      case 'autocomplete':
        return this.page(params, this.rows(params), true);
      case 'common':
        return ok({ common_contacts: this.store.frequent });
      case 'setCommon':
        return this.setCommon(request.body);
      case 'companies':
        return this.companies(params);
      case 'departments':
        return this.departments(params);
      case 'companyContacts':
        return this.companyContacts(params);
      case 'create':
        return this.create(params, request.body);
      case 'update':
        return this.update(params, request.body);
      case 'delete':
        return this.remove(params);
      case 'transfer':
        return this.transfer(params, request.body);
      case 'uploadPicture':
        return this.uploadPicture(params, request);
      case 'deletePicture':
        return this.deletePicture(params);
      case 'uploadAttachment':
        return this.uploadAttachment(params, request);
      case 'download':
        return this.download(params);
      case 'sortGroup':
        return ok(this.sortGroup(params));
      case 'vcard':
        return { status: 200, body: vcardOf(this.one(params)), headers: { 'content-type': 'text/x-vcard' } };
      case 'csv':
        return { status: 200, body: csvOf(this.inPlace(params), params['groups'] === '1') };
      case 'deleteAttachment':
        return this.deleteAttachment(params);
      default:
        throw new Undocumented(`${kind} is not played`);
    }
  }

  private folders(place: string, one: boolean): FakeFolder[] {
    const all = [...this.store.folders.values()];
    if (place === 'full' && one) throw new Undocumented('`full` for a single contact');
    if (place === 'full') return all;
    if (place === 'personal') return all.filter((folder) => folder.default === true);
    if (place === 'global') return all.filter((folder) => folder.public === true);
    const folder = /^\d+$/.test(place) ? this.store.folders.get(Number(place)) : undefined;
    if (folder === undefined) throw new Failure('InvalidParameter', 'folder');
    return [folder];
  }

  private inPlace(params: Params): FakeContact[] {
    const folders = this.folders(params['folder'] ?? '', false);
    if (folders.some(({ permissions }) => permissions['can_read'] !== true)) throw new Failure('InadequatePermissions');
    return this.store.inFolders(folders.map(({ id }) => id));
  }

  /** @throws Failure when it is not there or may not be written */
  private one(params: Params, need?: string): FakeContact {
    const folders = this.folders(params['folder'] ?? '', true);
    const contact = this.store.contacts.get(params['id'] ?? '');
    if (contact === undefined || !folders.some(({ id }) => id === contact.folder))
      throw new Failure('InvalidParameter', 'id');
    if (need !== undefined && folders[0]?.permissions[need] !== true) throw new Failure('InadequatePermissions');
    return contact;
  }

  private item(contact: FakeContact): Record<string, unknown> {
    const shown = this.single(contact, false);
    return { ...shown, has_attachments: contact.attachments.length > 0, has_picture: contact.picture !== '' };
  }

  private single(contact: FakeContact, whole = true): Record<string, unknown> {
    const { blanks, listMembers } = this.rules;
    if (contact.group) {
      const members = whole || listMembers ? { members: contact.members } : {};
      const head = { id: contact.id, name: text(contact, 'name'), group: true, folder: contact.folder };
      return whole ? { ...head, sort_column: 'name', sort_ascending: true, ...members } : { ...head, ...members };
    }
    const shown = view(contact, blanks);
    if (!whole) return shown;
    const { can_edit, can_delete } = this.store.folders.get(contact.folder)?.permissions ?? {};
    const attachments = contact.attachments.map(({ bytes, ...rest }) => ({ ...rest, size: bytes.length }));
    const picture = blanks || contact.picture !== '' ? { picture: contact.picture } : {};
    return {
      ...shown,
      ...picture,
      attachments,
      permissions: { can_edit: can_edit === true, can_delete: can_delete === true },
    };
  }

  private sortGroup(params: Params): Record<string, unknown> {
    const group = params['id'] === undefined ? undefined : this.one(params);
    this.store.groupSort = params['sort_column'] ?? this.store.groupSort;
    const lastName = (guid: string): string => {
      const contact = this.store.contacts.get(guid);
      return contact === undefined ? '' : text(contact, 'name_details.last_name');
    };
    return sortedMembers(group, params, lastName);
  }

  private page(params: Params, items: readonly unknown[], whole: boolean): Reply {
    if (params['sort_column'] !== undefined) this.store.sortColumn = params['sort_column'];
    const asked = params['max_per_page'] === undefined ? this.rules.pageSize : Number(params['max_per_page']);
    const page = params['page'] === undefined ? 1 : Number(params['page']);
    if (!Number.isInteger(asked) || asked < 1) throw new Failure('InvalidParameter', 'max_per_page');
    if (!Number.isInteger(page) || page < 1) throw new Failure('InvalidParameter', 'page');
    const size = Math.min(asked, this.rules.maxPageSize);
    const contacts = items.slice((page - 1) * size, page * size);
    if (!whole) return ok({ contacts });
    const pages = Math.max(1, Math.ceil(items.length / size));
    const [folder] = this.folders(params['folder'] ?? '', false);
    const head = { permissions: folder?.permissions ?? {}, sort_column: this.store.sortColumn, sort_ascending: true };
    return ok({ contacts, ...head, page, pages, ...(this.rules.total ? { total: items.length } : {}) });
  }

  private found(params: Params): FakeContact[] {
    const term = (params['search'] ?? '').toLowerCase();
    if (term === '') throw new Failure('InvalidParameter', 'search');
    const cities = (contact: FakeContact) =>
      (contact.lists['addresses'] ?? []).flatMap(({ city, state }) => [city, state]);
    return this.inPlace(params).filter((contact) =>
      [...SEARCHED.map((path) => text(contact, path)), ...cities(contact)].some((value) =>
        value?.toLowerCase().includes(term),
      ),
    );
  }

  private rows(params: Params): unknown[] {
    const term = (params['search'] ?? '').toLowerCase();
    const hits = this.inPlace(params).flatMap((contact) => {
      const { id: guid, folder, group } = contact;
      const name = text(contact, 'name');
      const emails = group
        ? [contact.members.map(({ email }) => email).join(',')]
        : EMAILS.map((path) => text(contact, path));
      return emails.filter((email) => email !== '').map((email) => ({ guid, name, email, group, folder }));
    });
    return hits.filter(({ name, email }) => `${name}\n${email}`.toLowerCase().includes(term));
  }

  private create(params: Params, body: Record<string, unknown>): Reply {
    const [folder] = this.folders(params['folder'] ?? '', true);
    if (folder?.permissions['can_create'] !== true) throw new Failure('InadequatePermissions');
    const made = this.store.add({}, folder.id);
    try {
      this.store.contacts.set(made.id, applyBody(this.store, made, body, true, this.rules));
    } catch (error) {
      this.store.contacts.delete(made.id);
      throw error;
    }
    return ok({ success: true, id: made.id });
  }

  private update(params: Params, body: Record<string, unknown>): Reply {
    const contact = this.one(params, 'can_edit');
    this.store.contacts.set(contact.id, applyBody(this.store, contact, body, false, this.rules));
    return ok();
  }

  private ids(params: Params, need: string): FakeContact[] {
    return (params['id'] ?? '').split(',').map((id) => this.one({ ...params, id }, need));
  }

  private remove(params: Params): Reply {
    for (const { id } of this.ids(params, 'can_delete')) this.store.contacts.delete(id);
    return ok();
  }

  private transfer(params: Params, body: Record<string, unknown>): Reply {
    if (!/^\d+$/.test(params['folder'] ?? '')) throw new Undocumented('move or copy from a book name');
    const rest = withoutToken(body);
    const [how, ...more] = Object.keys(rest);
    if (more.length > 0 || (how !== 'move' && how !== 'copy'))
      throw new Undocumented(`POST data ${Object.keys(rest).join(', ')}`);
    const target = this.store.folders.get(Number(rest[how]));
    if (target === undefined) throw new Failure('InvalidParameter', how);
    if (target.permissions['can_create'] !== true) throw new Failure('InadequatePermissions');
    for (const contact of this.ids(params, how === 'move' ? 'can_delete' : 'can_read')) {
      const id = how === 'copy' || this.rules.newIdOnMove ? randomUUID() : contact.id;
      if (how === 'move') this.store.contacts.delete(contact.id);
      this.store.contacts.set(id, { ...structuredClone(contact), id, folder: target.id });
    }
    return ok();
  }

  private uploadPicture(params: Params, { files }: FakeRequest): Reply {
    const [file, ...more] = files;
    if (file?.field !== 'Attachment' || more.length > 0) throw new Undocumented('one file named Attachment');
    if (params['id'] !== undefined) this.one(params, 'can_edit');
    else this.folders(params['folder'] ?? '', true);
    const picture = this.rules.picture ?? file.bytes.toString('base64');
    this.store.pictures.add(picture);
    return ok({ picture });
  }

  private deletePicture(params: Params): Reply {
    this.one(params, 'can_edit').picture = '';
    return ok();
  }

  private uploadAttachment(params: Params, { files }: FakeRequest): Reply {
    if (files.length === 0 || files.some(({ field }) => !field.startsWith('Attachment')))
      throw new Undocumented('files named Attachment');
    const contact = params['id'] === undefined ? undefined : this.one(params, 'can_edit');
    return ok(
      files.map(({ name, type, bytes }) => {
        const file = { id: this.store.number(), name, mime_type: type, bytes };
        const shown = { name, mime_type: type, size: bytes.length };
        if (contact !== undefined) {
          contact.attachments.push(file);
          return { ...shown, id: file.id };
        }
        const temp = randomUUID();
        this.store.temps.set(temp, file);
        return { ...shown, temp };
      }),
    );
  }

  private download(params: Params): Reply {
    const contact = this.one(params);
    const file = contact.attachments.find(({ id }) => String(id) === params['attachment']);
    return file === undefined ? { status: 404, body: Buffer.from('') } : { status: 200, body: file.bytes };
  }

  private deleteAttachment(params: Params): Reply {
    const contact = this.one(params, 'can_edit');
    const at = contact.attachments.findIndex(({ id }) => String(id) === params['attachment']);
    if (at < 0) throw new Failure('InvalidParameter', 'attachment');
    contact.attachments.splice(at, 1);
    return ok({ attachments: contact.attachments.map(({ bytes, ...rest }) => ({ ...rest, size: bytes.length })) });
  }

  private pictures(params: Params): Reply {
    const wanted = params['contact'];
    const shown = [...this.store.contacts.values()]
      .filter(
        (contact) =>
          contact.picture !== '' && (wanted === undefined || EMAILS.some((path) => text(contact, path) === wanted)),
      )
      .map((contact) => ({ id: contact.id, email: text(contact, 'emails.email'), picture: contact.picture }));
    return ok({ contacts: shown });
  }

  private away(contact: string): Reply {
    const domain = this.user.split('@')[1] ?? '';
    if (!contact.endsWith(`@${domain}`)) throw new Failure('InvalidParameter', 'contact');
    return ok({ contact, autoresponder_enabled: contact.startsWith('away') });
  }

  private setCommon(body: Record<string, unknown>): Reply {
    const { common_contacts: list, ...rest } = withoutToken(body);
    if (!Array.isArray(list) || Object.keys(rest).length > 0) throw new Undocumented('common_contacts');
    this.store.frequent = list;
    return ok();
  }

  private companies(params: Params): Reply {
    const withCompany = this.inPlace(params).filter((contact) => text(contact, 'company') !== '');
    const companies = new Map<string, { name: string; has_departments: boolean }>();
    for (const contact of withCompany) {
      const name = text(contact, 'company');
      const has = companies.get(name)?.has_departments === true || text(contact, 'department') !== '';
      companies.set(name, { name, has_departments: has });
    }
    return ok({ companies: Object.fromEntries(companies) });
  }

  private ofCompany(params: Params): FakeContact[] {
    const found = this.inPlace(params).filter((contact) => text(contact, 'company') === params['company']);
    if (found.length === 0) throw new Failure('InvalidParameter', 'company');
    return found;
  }

  private departments(params: Params): Reply {
    const names = this.ofCompany(params).map((contact) => text(contact, 'department') || 'Uncategorized');
    return ok({ departments: Object.fromEntries(names.map((name) => [name, { name }])) });
  }

  private companyContacts(params: Params): Reply {
    const found = this.ofCompany(params).filter(
      (contact) => (text(contact, 'department') || 'Uncategorized') === params['department'],
    );
    return ok({ departments: found.map((contact) => ({ name: text(contact, 'name') })) });
  }
}
