/** Yahoo's and Thunderbird's tables. */
import type { Dialect } from './dialect.js';
import { isoText, usText } from './dates.js';
import { columnsOf } from './outlook.js';

export const yahoo: Dialect = {
  name: 'csv-yahoo',
  title: 'CSV for Yahoo',
  mark: false,
  day: usText,
  columns: columnsOf(`First=name.given | Middle=name.middle | Last=name.family | Nickname=nickname | Email=email.1 |
    Category=categories | Distribution Lists | Messenger ID=im.yahoo | Home=phone.home | Work=phone.business |
    Pager=phone.pager | Fax=phone.otherFax | Mobile=phone.mobile | Other=phone.other | Yahoo! Phone=phone.yahoo |
    Primary=phone.primary | Alternate Email 1=email.2 | Alternate Email 2=email.3 | Personal Website=web.home |
    Business Website=web.business | Title=title | Company=org | Work Address=address.business.street |
    Work City=address.business.city | Work State=address.business.state | Work ZIP=address.business.postcode |
    Work Country=address.business.country | Home Address=address.home.street | Home City=address.home.city |
    Home State=address.home.state | Home ZIP=address.home.postcode | Home Country=address.home.country |
    Birthday=birthday | Anniversary=anniversary | Custom 1 | Custom 2 | Custom 3 | Custom 4 | Comments=notes |
    Messenger ID1 | Messenger ID2 | Messenger ID3 | Messenger ID4 | Messenger ID5 | Messenger ID6 | Messenger ID7 |
    Messenger ID8 | Messenger ID9 | Skype ID=im.skype | IRC ID=im.irc | ICQ ID=im.icq | Google ID=im.google |
    MSN ID=im.msn | AIM ID=im.aim | QQ ID=im.qq`),
};

export const thunderbird: Dialect = {
  name: 'csv-thunderbird',
  title: 'CSV for Thunderbird',
  mark: false,
  day: isoText,
  columns: columnsOf(`First Name=name.given | Last Name=name.family | Display Name=name.full | Nickname=nickname |
    Primary Email=email.1 | Secondary Email=email.2 | Screen Name=im.aim | Work Phone=phone.business |
    Home Phone=phone.home | Fax Number=phone.otherFax | Pager Number=phone.pager | Mobile Number=phone.mobile |
    Home Address=address.home.street | Home Address 2=address.home.street2 | Home City=address.home.city |
    Home State=address.home.state | Home ZipCode=address.home.postcode | Home Country=address.home.country |
    Work Address=address.business.street | Work Address 2=address.business.street2 |
    Work City=address.business.city | Work State=address.business.state | Work ZipCode=address.business.postcode |
    Work Country=address.business.country | Job Title=title | Department=department | Organization=org |
    Web Page 1=web.business | Web Page 2=web.home | Birth Year=birth.year | Birth Month=birth.month |
    Birth Day=birth.day | Custom 1 | Custom 2 | Custom 3 | Custom 4 | Notes=notes`),
};
