/** A contact as the vendor's page shows it, with something in every member. */
import type { Card } from '../../src/model/card.js';
import { parseContact } from '../../src/providers/mdaemon/map.js';
import { tinyJpeg } from '../fakes/pictures.js';

export const FULL = {
  id: '{8F14E45F-CEEA-467F-9575-6C5A1B2C3D4E}',
  name: 'Dr. Ada M. King Jr.',
  group: false,
  emails: { email: 'ada@example.com', email2: 'ada@home.example', email3: 'a@third.example' },
  name_details: { first_name: 'Ada', middle_name: 'M.', last_name: 'King', title: 'Dr.', suffix: 'Jr., MD' },
  categories: 'Friends, Work,,Friends',
  web_addresses: [
    { type: 'business', address: 'https://example.com' },
    { type: 'home', address: 'https://ada.example' },
  ],
  company: 'Engines Ltd',
  title: 'Programmer',
  office: 'Room 5',
  department: 'Research',
  assistant: 'Bob Boole',
  manager: 'Charles B.',
  addresses: [
    {
      type: 'home',
      address: '1 Main St\nBack house',
      city: 'Springfield',
      state: 'IL',
      zipcode: '62701',
      country: 'USA',
    },
    { type: 'business', address: '2 Side St', city: 'Paris', state: '', zipcode: '', country: 'France' },
    { type: 'other', address: '', city: 'Rome', state: '', zipcode: '', country: '' },
  ],
  phone: {
    home_mobile: '1',
    mobile: '2',
    business: '3',
    business2: '4',
    home: '5',
    home2: '6',
    business_main: '7',
    assistant: '8',
    business_fax: '9',
    home_fax: '10',
    car: '11',
    pager: '12',
    radio: '13',
    ip: '14',
    other: '15',
  },
  nick_name: 'Countess',
  partner: 'William',
  children: 'Byron, Anne',
  birthday: '1980-05-06T00:00:00+02:00',
  anniversary: '2001-12-31T23:30:00-11:00',
  notes: 'line one\r\nline two',
  notes_html: '<b>line one</b>',
  IM: 'xmpp:ada@example.com',
  IM2: 'Skype: ada.king',
  IM3: 'ada42',
  government_id: 'G1',
  customer_id: 'C1',
  file_as: 'King, Ada',
  account_name: 'ada',
  blackberry_pin: 'B1',
  picture: Buffer.from(tinyJpeg(3).bytes).toString('base64'),
  attachments: [],
  folder: 12,
  permissions: { can_edit: true, can_delete: true },
};

export function read(native: unknown): Card {
  return parseContact(native, 'read the contact').card;
}
