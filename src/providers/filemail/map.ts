/** A Filemail contact: name, one e-mail address, one mobile phone (vendor page "Contacts"). */
import type { Card, Phone } from '../../model/card.js';
import { displayName, emailsOf, ranked } from '../../model/view.js';

/** Texts as the vendor's parameters take them; '' is none. */
export interface Native {
  name: string;
  email: string;
  mobile: string;
}

/** Lone surrogates cannot travel in UTF-8: every encoder makes U+FFFD of them. */
const wellFormed = (text: string): string => Buffer.from(text, 'utf8').toString('utf8');

/** Whether the server could take it for an address at all; the rest is for the server to judge. */
const looksLikeAddress = (text: string): boolean => /.@./su.test(text);

function isMobile({ features, number }: Phone): boolean {
  if (typeof number !== 'string' || typeof features !== 'object' || features === null) return false;
  return Object.entries(features).some(([feature, on]) => on === true && feature.toLowerCase() === 'mobile');
}

/** The best number that is said to be a mobile phone's: no other one is called so. */
function mobileOf(card: Card): string {
  const numbers = ranked(card.phones)
    .filter(([, phone]) => isMobile(phone))
    .map(([, { number }]) => number.replace(/^\s*tel:/i, '').trim());
  return numbers.find((number) => number !== '') ?? '';
}

/** What Filemail would be given of a card. The name is required: the best there is, in the end the address. */
export function nativeOf(card: Card): Native {
  return {
    name: wellFormed(displayName(card).replace(/\s+/g, ' ').trim()),
    email: wellFormed(emailsOf(card).find(looksLikeAddress) ?? ''),
    mobile: wellFormed(mobileOf(card)),
  };
}

/** A card with what the native texts say. */
export function cardOf({ name, email, mobile }: Native, uid: string): Card {
  return {
    '@type': 'Card',
    version: '1.0',
    uid,
    ...(name.trim() === '' ? {} : { name: { full: name } }),
    ...(email.trim() === '' ? {} : { emails: { email: { address: email } } }),
    ...(mobile.trim() === '' ? {} : { phones: { mobile: { number: mobile, features: { mobile: true } } } }),
  };
}

/** The card as Filemail keeps it, the mobile phone included, whether it is shown again or not. */
export function project(card: Card): Card {
  return cardOf(nativeOf(card), card.uid);
}

/** Why Filemail cannot hold the card: `name` and `email` are required, and addresses are not made up. */
export function unstorable(card: Card): string | undefined {
  if (nativeOf(card).email !== '') return undefined;
  const [other] = emailsOf(card);
  return `a Filemail contact needs an e-mail address${other === undefined ? '' : `, and "${other}" is none`}`;
}
