/** The form of `add` and `update` on a terminal: one question a field, empty answers leave it as it is. */
import type { Context } from '../context.js';
import type { Card } from '../model/card.js';
import { parseDate } from '../model/build.js';
import { emailsOf, fullName, organizationOf, phonesOf } from '../model/view.js';
import { input } from '../ui/prompt.js';
import type { FieldOptions } from './fields.js';

type Single = 'name' | 'org' | 'title' | 'birthday' | 'note';

/** Asks for the usual fields; what the card has is the default. Answers that did not change are left out. */
export async function contactForm(context: Context, card: Card): Promise<FieldOptions> {
  const fields: FieldOptions = {};
  const ask = async (
    field: Single,
    question: string,
    before: string,
    check?: (text: string) => true | string,
  ): Promise<void> => {
    const answer = await input(context, question, {
      default: before,
      ...(check ? { check } : {}),
      required: field === 'name' && before === '',
    });
    if (answer.trim() !== '' && answer !== before) fields[field] = answer.trim();
  };
  await ask('name', 'Name', fullName(card));
  const emails = await several(context, 'E-mail', emailsOf(card).length);
  const phones = await several(context, 'Phone', phonesOf(card).length);
  if (emails.length > 0) fields.email = emails;
  if (phones.length > 0) fields.phone = phones;
  await ask('org', 'Organization', organizationOf(card));
  await ask('title', 'Job title', Object.values(card.titles ?? {})[0]?.name ?? '');
  await ask('birthday', 'Birthday (YYYY-MM-DD)', '', isDate);
  await ask('note', 'Note', '');
  return fields;
}

/** `[type:]value` until an empty answer. */
async function several(context: Context, what: string, already: number): Promise<string[]> {
  const values: string[] = [];
  for (;;) {
    const more = already + values.length > 0 ? `another ${what.toLowerCase()}` : what;
    const answer = await input(context, `${more} ([home:|work:|mobile:]…, empty to go on)`);
    if (answer.trim() === '') return values;
    values.push(answer.trim());
  }
}

function isDate(text: string): true | string {
  if (text.trim() === '') return true;
  try {
    parseDate(text.trim());
    return true;
  } catch (error) {
    return error instanceof Error ? error.message : 'no date';
  }
}
