/**
 * Column names of tables that follow no program: people's own, converters', other services'. Case, blanks and
 * punctuation do not count. Names of one path are separated by `/`.
 */
const ALIASES = `
uid | uid
name.full | name/full name/display name/contact name/fullname/contact/nombre completo/nom complet/vollständiger name
name.given | first name/given name/firstname/forename/first/given/imie/voornaam/nome/jméno/keresztnév/имя/名
name.middle | middle name/additional name/middle names/second name/middle
name.family | last name/family name/surname/lastname/last/family/nachname/achternaam/cognome/příjmení/vezetéknév/фамилия/姓
name.prefix | prefix/name prefix/salutation/honorific prefix/honorific
name.suffix | suffix/name suffix/honorific suffix
reading.given | phonetic first name/given name yomi/given yomi
reading.middle | phonetic middle name/additional name yomi
reading.family | phonetic last name/family name yomi/surname yomi
nickname | nickname/nick name/nick/short name
org | company/organization/organisation/company name/organization name/employer/firm/account name/work company/会社名/公司
department | department/dept/division/organization department/work dept/部署/部门
title | job title/position/title#2/jobtitle/occupation/organization title/work title/役職/职务
role | role/profession/function
email.1 | email/e-mail/email address/e-mail address/mail/email 1/e-mail 1/primary email/email1/courriel/correo electrónico/correo/adresse email/電子メール アドレス/电子邮件地址
email.2 | email 2/e-mail 2/secondary email/alternate email/other email/email 2 address/alternate email 1
email.3 | email 3/e-mail 3/alternate email 2/email 3 address
email.home | home email/personal email/private email/email home/home e-mail
email.work | work email/business email/office email/email work/work e-mail
phone.mobile | mobile/mobile phone/cell/cell phone/cellphone/mobile number/handy/home mobile/móvil/mobil/携帯電話/移动电话
phone.home | home phone/home/phone home/telephone home/private phone/telefon privat/自宅電話/住宅电话
phone.home2 | home phone 2
phone.business | work phone/business phone/work/phone work/office phone/telephone work/会社電話/商务电话
phone.business2 | work phone 2/business phone 2
phone.other | phone/telephone/phone number/tel/telefon/other phone/teléfono/téléphone/telefono/phone 1
phone.otherFax | fax/fax number/other fax
phone.businessFax | work fax/business fax/fax work
phone.homeFax | home fax/fax home
phone.pager | pager/pager number
phone.main | company phone/main phone/company main phone/switchboard
phone.assistant | assistant's phone/asst. phone
address.home.street | home street/home address/home address 1/street home/home street 1
address.home.street2 | home street 2/home address 2
address.home.street3 | home street 3
address.home.city | home city
address.home.state | home state/home region/home province
address.home.postcode | home zip/home postal code/home zip code/home zipcode/home postcode
address.home.country | home country/home country\\/region
address.home.pobox | home po box/home address po box
address.business.street | work street/business street/work address/business address/office address
address.business.street2 | work street 2/business street 2/work address 2
address.business.street3 | business street 3
address.business.city | work city/business city
address.business.state | work state/business state/work region
address.business.postcode | work zip/business postal code/work postal code/work zip code/work zipcode/business zip
address.business.country | work country/business country/business country\\/region
address.business.pobox | business address po box/business po box/work po box
address.other.street | street/address/street address/other street/other address/mailing street/straße/strasse/address 1/address line 1/rue/calle/indirizzo/adres/adresse
address.other.street2 | street 2/address 2/address line 2/other street 2
address.other.street3 | street 3/address 3/address line 3/other street 3
address.other.city | city/town/other city/mailing city/ort/stadt/ville/ciudad/città/miasto/locality
address.other.state | state/region/province/other state/mailing state/county/bundesland
address.other.postcode | zip/postal code/postcode/zip code/zipcode/other postal code/mailing zip/plz/postleitzahl/code postal/código postal/cap
address.other.country | country/other country/mailing country/land/pays/país/kraj/country\\/region/other country\\/region
address.other.pobox | po box/other address po box
web.other | website/web page/web/url/homepage/web site/link
web.business | business website/work website/company website/business web page
web.home | personal website/personal web page/home page/home website
birthday | birthday/date of birth/birth date/birthdate/dob/born/geburtstag/anniversaire/cumpleaños/urodziny/compleanno
anniversary | anniversary/wedding anniversary
notes | notes/note/comments/comment/description/memo/info/remarks/bemerkung/bemerkungen/notizen
categories | categories/category/groups/group/tags/keywords/labels/kategorien
person.spouse | spouse/partner
person.assistant | assistant/assistant's name/assistant name
person.manager | manager/manager's name/reports to
person.children | children
hobby | hobby/hobbies
photo | photo/photo url/picture url
im.skype | skype/skype id
im.aim | aim/screen name/aim id
im.1 | im/imaddress/im address
office | office location/office
initials | initials
`;

export const GENERIC: readonly (readonly [name: string, path: string])[] = ALIASES.split('\n')
  .filter((line) => line !== '')
  .flatMap((line) => {
    const [path = '', names = ''] = line.split(' | ');
    return names.split(/(?<!\\)\//).map((name) => [name.replaceAll('\\/', '/'), path] as const);
  });

/** Names of Google's older table that are no numbered columns. */
export const OLD_GOOGLE: readonly (readonly [name: string, path: string])[] = [
  ['Name', 'name.full'],
  ['Given Name', 'name.given'],
  ['Additional Name', 'name.middle'],
  ['Family Name', 'name.family'],
  ['Yomi Name', 'ext.Yomi Name'],
  ['Given Name Yomi', 'reading.given'],
  ['Additional Name Yomi', 'reading.middle'],
  ['Family Name Yomi', 'reading.family'],
  ['Short Name', 'ext.Short Name'],
  ['Maiden Name', 'ext.Maiden Name'],
  ['Initials', 'initials'],
  ['Occupation', 'role'],
  ['Hobby', 'hobby'],
  ['Group Membership', 'labels'],
  ['Location', 'ext.Location'],
  ['Subject', 'ext.Subject'],
];
