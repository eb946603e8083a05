/** Outlook for Windows (92 columns) and outlook.com: what their exports hold and their imports take. */
import type { Dialect } from './dialect.js';
import { usText } from './dates.js';

/** `Header=path`, one after the other. */
export function columnsOf(list: string): [header: string, path: string][] {
  return list
    .split(/\s*\|\s*/)
    .map((pair) => pair.trim())
    .filter((pair) => pair !== '')
    .map((pair) => {
      const at = pair.lastIndexOf('=');
      const header = at < 0 ? pair : pair.slice(0, at);
      return [header, at < 0 ? `ext.${pair}` : pair.slice(at + 1)];
    });
}

/** The parts of one address: `Business Street=address.business.street`. */
function address(title: string, key: string, streets: number): string {
  const street = ['', ' 2', ' 3'].slice(0, streets).map((suffix) => {
    return `${title} Street${suffix}=address.${key}.street${suffix.trim()}`;
  });
  const rest = ['City=city', 'State=state', 'Postal Code=postcode', 'Country/Region=country'].map((part) => {
    const [header = '', path = ''] = part.split('=');
    return `${title} ${header}=address.${key}.${path}`;
  });
  return [...street, ...rest].join('|');
}

/** A column without a path is kept under its name. */
export const outlook: Dialect = {
  name: 'csv-outlook',
  title: 'CSV for Outlook',
  mark: true,
  day: usText,
  columns: columnsOf(`Title=name.prefix | First Name=name.given | Middle Name=name.middle | Last Name=name.family |
    Suffix=name.suffix | Company=org | Department=department | Job Title=title |
    ${address('Business', 'business', 3)} | ${address('Home', 'home', 3)} | ${address('Other', 'other', 3)} |
    Assistant's Phone=phone.assistant | Business Fax=phone.businessFax | Business Phone=phone.business |
    Business Phone 2=phone.business2 | Callback=phone.callback | Car Phone=phone.car | Company Main Phone=phone.main |
    Home Fax=phone.homeFax | Home Phone=phone.home | Home Phone 2=phone.home2 | ISDN=phone.isdn |
    Mobile Phone=phone.mobile | Other Fax=phone.otherFax | Other Phone=phone.other | Pager=phone.pager |
    Primary Phone=phone.primary | Radio Phone=phone.radio | TTY/TDD Phone=phone.tty | Telex=phone.telex | Account |
    Anniversary=anniversary | Assistant's Name=person.assistant | Billing Information | Birthday=birthday |
    Business Address PO Box=address.business.pobox | Categories=categories | Children=person.children |
    Directory Server | E-mail Address=email.1 | E-mail Type=email.1.type | E-mail Display Name=email.1.display |
    E-mail 2 Address=email.2 | E-mail 2 Type=email.2.type | E-mail 2 Display Name=email.2.display |
    E-mail 3 Address=email.3 | E-mail 3 Type=email.3.type | E-mail 3 Display Name=email.3.display | Gender |
    Government ID Number | Hobby=hobby | Home Address PO Box=address.home.pobox | Initials=initials |
    Internet Free Busy | Keywords | Language | Location | Manager's Name=person.manager | Mileage | Notes=notes |
    Office Location=office | Organizational ID Number | Other Address PO Box=address.other.pobox | Priority | Private |
    Profession=role | Referred By | Sensitivity | Spouse=person.spouse | User 1 | User 2 | User 3 | User 4 |
    Web Page=web.business`),
};

export const outlookCom: Dialect = {
  name: 'csv-outlook-com',
  title: 'CSV for outlook.com',
  mark: true,
  day: usText,
  columns: columnsOf(`First Name=name.given | Middle Name=name.middle | Last Name=name.family | Title=name.prefix |
    Suffix=name.suffix | Nickname=nickname | Given Yomi=reading.given | Surname Yomi=reading.family |
    E-mail Address=email.1 | E-mail 2 Address=email.2 | E-mail 3 Address=email.3 | Home Phone=phone.home |
    Home Phone 2=phone.home2 | Business Phone=phone.business | Business Phone 2=phone.business2 |
    Mobile Phone=phone.mobile | Car Phone=phone.car | Other Phone=phone.other | Primary Phone=phone.primary |
    Pager=phone.pager | Business Fax=phone.businessFax | Home Fax=phone.homeFax | Other Fax=phone.otherFax |
    Company Main Phone=phone.main | Callback=phone.callback | Radio Phone=phone.radio | Telex=phone.telex |
    TTY/TDD Phone=phone.tty | IMAddress=im.1 | Job Title=title | Department=department | Company=org |
    Office Location=office | Manager's Name=person.manager | Assistant's Name=person.assistant |
    Assistant's Phone=phone.assistant | Company Yomi=org.reading | ${address('Business', 'business', 1)} |
    ${address('Home', 'home', 1)} | ${address('Other', 'other', 1)} | Personal Web Page=web.home |
    Spouse=person.spouse | Schools | Hobby=hobby | Location | Web Page=web.business | Birthday=birthday |
    Anniversary=anniversary | Notes=notes`),
};
