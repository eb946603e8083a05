import { describe, expect, it } from 'vitest';
import type { Card } from '../../src/model/card.js';
import { InputError } from '../../src/model/errors.js';
import { removeField } from '../../src/model/build.js';
import { displayName } from '../../src/model/view.js';
import { card, fullCard } from './cards.js';

function complaint(run: () => void): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    if (error instanceof InputError) return `${error.message} / ${error.hint ?? ''}`;
  }
  return '';
}

describe('removeField', () => {
  const after = (field: string, value?: string): Card => {
    const made = fullCard();
    removeField(made, field, value);
    return made;
  };
  it('removes whole fields by either name', () => {
    expect(after('email')).not.toHaveProperty('emails');
    expect(after('emails')).not.toHaveProperty('emails');
    expect(after('photo').media).toEqual({ m2: fullCard().media?.m2 });
    expect(after('media').media).toEqual({ m1: fullCard().media?.m1 });
    expect(after('birthday').anniversaries).toEqual({ w: fullCard().anniversaries?.w });
    expect(after('anniversaries').anniversaries).toEqual({ b: fullCard().anniversaries?.b });
    expect(after('role').titles).toEqual({ t1: fullCard().titles?.t1 });
    expect(after('language')).not.toHaveProperty('language');
    expect(after('speakToAs')).not.toHaveProperty('speakToAs');
    expect(after('vCardProps')).not.toHaveProperty('vCardProps');
    expect(after('name')).not.toHaveProperty('name');
    expect(displayName(after('family'))).toBe('Dr. Änne');
    expect(after('department').organizations?.o1).toEqual({ name: 'Acme' });
  });
  it('removes what matches the value', () => {
    expect(after('email', 'ANNA@example.com').emails).toEqual({ e2: fullCard().emails?.e2 });
    expect(after('phone', '+49301234').phones).toEqual({ p2: fullCard().phones?.p2 });
    expect(after('category', 'vip').keywords).toEqual({ friends: true });
    expect(after('keywords', 'VIP').keywords).toEqual({ friends: true });
    expect(after('address', 'Berlin')).not.toHaveProperty('addresses');
    expect(after('birthday', '1985-04-12').anniversaries).not.toHaveProperty('b');
    expect(after('note', 'first line second line')).not.toHaveProperty('notes');
    expect(after('organizations', 'club').organizations).toEqual({ o1: fullCard().organizations?.o1 });
    expect(after('language', 'DE')).not.toHaveProperty('language');
    expect(after('department', 'research').organizations?.o1).toEqual({ name: 'Acme' });
  });
  it('removes what has the type', () => {
    expect(after('email:work').emails).toEqual({ e2: fullCard().emails?.e2 });
    expect(after('phone:home-fax').phones).toEqual({ p2: fullCard().phones?.p2 });
    expect(after('address:work')).not.toHaveProperty('addresses');
    expect(after('address:work:city').addresses?.a1?.components?.map((part) => part.kind)).toEqual([
      'name',
      'postcode',
    ]);
    expect(after('address:home').addresses).toEqual(fullCard().addresses);
  });
  it('is silent about what is not there, loud about values that are not', () => {
    const empty = card();
    for (const field of ['email', 'photo', 'given', 'department', 'name', 'note', 'language', 'address:home:city'])
      removeField(empty, field);
    expect(empty).toEqual(card());
    expect(complaint(() => after('email', 'x@y.z'))).toMatch(
      /has no email "x@y\.z" \/ it has anna@example\.com, anna@example\.org/,
    );
    expect(complaint(() => removeField(card(), 'email', 'x@y.z'))).toMatch(/it has no email/);
    expect(complaint(() => after('given', 'Bo'))).toMatch(/has no given "Bo" \/ it has Änne/);
    expect(complaint(() => after('name', 'Bo'))).toMatch(/it has Dr\. Änne Müller/);
  });
  it('suggests the nearest name', () => {
    expect(complaint(() => after('phnoe'))).toMatch(/did you mean phone\?/);
    expect(complaint(() => after('onlineservice'))).toMatch(/did you mean onlineServices\?/);
    expect(complaint(() => after('__proto__'))).toMatch(/there is no field/);
    expect(complaint(() => after('uid'))).toMatch(/there is no field/);
  });
});
