import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { migrate } from '../../src/engine/migrate.js';
import { migrationFolder } from '../../src/engine/state.js';
import { AuthError, Refused, Unavailable } from '../../src/model/errors.js';
import { memoryServer, type MemoryServer } from '../fakes/memory.js';
import { migration, person } from './support.js';

const names = (server: MemoryServer): string[] =>
  [...server.contacts.values()].map((record) => record.card.name?.full ?? '').sort();

describe('when things go wrong', () => {
  it('one refused contact fails alone, is named, and lands in rejects.vcf', async () => {
    const to = memoryServer({
      name: 'new',
      unstorable: (card) => (card.emails === undefined ? 'an e-mail address is needed' : undefined),
    });
    const from = memoryServer({ name: 'old' });
    for (const name of ['Anna', 'Bert', 'Carl']) from.add(person(name));
    const { emails: _, ...bare } = person('Nomail');
    from.add(bare);
    to.fault('create', { error: new Refused('no', { why: 'quota' }) });
    const setup = await migration(from, to);
    const result = await migrate(setup.options());
    expect(result.summary).toMatchObject({
      ok: false,
      failed: [{ error: { code: 'refused' } }, { error: { code: 'unstorable' } }],
    });
    expect(result.plan.failed).toBe(1);
    expect(to.contacts.size).toBe(2);
    const report = JSON.parse(await readFile(join(result.reportDir ?? '', 'report.json'), 'utf8')) as {
      totals: unknown;
      items: { remedy?: string }[];
    };
    expect(report.totals).toEqual({ created: 2, failed: 2 });
    expect(report.items[0]?.remedy).toBeTruthy();
    const rejects = await readFile(join(result.reportDir ?? '', 'rejects.vcf'), 'utf8');
    expect(rejects.match(/BEGIN:VCARD/g)).toHaveLength(2);
    const again = await migrate(setup.options());
    expect(again.summary.created).toHaveLength(1);
    expect(to.contacts.size).toBe(3);
  });

  it('a lost answer never makes a double or a gap', async () => {
    for (const lookup of [true, false]) {
      for (const kind of ['before', 'after'] as const) {
        const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new', lookup })];
        for (const name of ['Anna', 'Bert', 'Twin', 'Twin'])
          from.add(person(name, lookup ? { uid: `${name}${Math.random()}` } : {}));
        to.fault('create', kind, 3);
        const setup = await migration(from, to);
        const result = await migrate(setup.options());
        expect(result.summary.created).toHaveLength(4);
        expect(new Set(result.summary.created).size).toBe(4);
        expect(names(to)).toEqual(['Anna', 'Bert', 'Twin', 'Twin']);
      }
    }
  });

  it('merges with what the target is when it writes, not with what it was when it planned', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    const there = to.add(person('Anna', { phones: { p: { number: '1' } } }));
    from.add(person('Anna', { titles: { t: { name: 'Dev' } } }));
    const setup = await migration(from, to);
    const confirm = (): Promise<boolean> => {
      there.card = { ...there.card, phones: { p: { number: '2' } } };
      there.etag = 'meanwhile';
      return Promise.resolve(true);
    };
    const result = await migrate(setup.options({ confirm }));
    expect(result.summary.ok).toBe(true);
    expect([...to.contacts.values()][0]?.card).toMatchObject({
      titles: { t: { name: 'Dev' } },
      phones: { p: { number: '2' } },
    });
  });

  it('knows from the journal what a cut-off run created, also where nothing else tells', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new', concurrency: 1 })];
    from.add(person('Anna'));
    from.add(person('Bert'));
    const setup = await migration(from, to);
    const provider = { ...to.provider };
    provider.create = async (contact) => {
      if (contact.card.name?.full === 'Bert') throw new AuthError('signed out');
      const result = await to.provider.create?.(contact);
      const record = to.contacts.get(result?.id ?? '');
      if (record !== undefined)
        record.card = { '@type': 'Card', version: '1.0', uid: 'u', nicknames: { n: { name: 'unlike' } } };
      return result ?? { id: '' };
    };
    await expect(migrate(setup.options({ to: { ...to.connection, provider } }))).rejects.toThrow(AuthError);
    const file = join(migrationFolder(setup.stateDir, 'profile old', 'profile new'), 'state.ndjson');
    const lines = (await readFile(file, 'utf8')).split('\n');
    await writeFile(file, lines.filter((line) => !line.includes('"pair"')).join('\n'));
    await migrate(setup.options({ force: true }));
    expect(to.contacts.size).toBe(2);
    expect(to.calls.get('create')).toBe(2);
  });

  it('a refused sign-in ends the run; the next one goes on', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new', concurrency: 1 })];
    for (const name of ['A', 'B', 'C']) from.add(person(name));
    const setup = await migration(from, to);
    to.fault('create', { error: new Refused('x') });
    to.fault('create', { error: new AuthError('signed out') });
    await expect(migrate(setup.options())).rejects.toThrow(AuthError);
    expect(to.contacts.size).toBe(0);
    const result = await migrate(setup.options());
    expect(setup.plans[1]?.resumes).toBeDefined();
    expect(result.summary.created).toHaveLength(3);
  });

  it('a server that stays away ends the run after five contacts', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new', concurrency: 1 })];
    for (let n = 0; n < 20; n++) from.add(person(`P${n}`));
    to.fault('create', { error: new Unavailable('gone') }, 20);
    const setup = await migration(from, to);
    await expect(migrate(setup.options())).rejects.toThrow(Unavailable);
    expect(to.calls.get('create')).toBe(5);
  });

  it('tells what is missing or different after the copy', async () => {
    const [from, to] = [memoryServer({ name: 'old' }), memoryServer({ name: 'new' })];
    from.add(person('Anna', { titles: { t: { name: 'Dev' } } }));
    from.add(person('Bert'));
    const provider = { ...to.provider };
    provider.create = async (contact) => {
      const result = await to.provider.create?.(contact);
      if (result === undefined) throw new Error('no create');
      const record = to.contacts.get(result.id);
      if (record?.card.name?.full === 'Bert') to.contacts.delete(result.id);
      else if (record !== undefined) delete record.card.titles;
      return result;
    };
    const setup = await migration(from, to);
    const result = await migrate(setup.options({ to: { ...to.connection, provider } }));
    expect(result.summary.ok).toBe(false);
    expect(result.verified).toMatchObject({ contacts: 2, equal: 0 });
    expect(result.verified?.differences.map((one) => [one.name, one.field])).toEqual([
      ['Anna', 'titles'],
      ['Bert', 'contact'],
    ]);
  });
});
