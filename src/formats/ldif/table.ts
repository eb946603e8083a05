/** Attributes of Thunderbird's address books, with the names that other versions and LDAP servers give them. */

/** Our name of a slot, the attribute that is written, then others that are read (all without regard to case). */
const SLOTS = `
full cn commonname
display displayName
given givenName gn
surname sn
generation generationQualifier
prefix personalTitle
nickname mozillaNickname xmozillanickname nickname
mail mail email emailaddress rfc822mailbox
mail2 mozillaSecondEmail xmozillasecondemail mailalternateaddress
tel.work telephoneNumber workphone
tel.home homePhone hometelephonenumber
tel.mobile mobile mobiletelephonenumber cellphone carphone
tel.fax facsimileTelephoneNumber fax
tel.pager pager pagertelephonenumber pagerphone
home.street mozillaHomeStreet homestreet
home.street2 mozillaHomeStreet2
home.locality mozillaHomeLocalityName
home.region mozillaHomeState
home.postcode mozillaHomePostalCode
home.country mozillaHomeCountryName
home.label homePostalAddress
work.street street streetaddress
work.street2 mozillaWorkStreet2
work.box postOfficeBox
work.locality l locality localityname
work.region st region stateorprovincename
work.postcode postalCode zip
work.country c countryname co friendlycountryname
work.label postalAddress registeredaddress
title title
unit ou department departmentnumber orgunit organizationalunitname
company o company organizationname
url.work mozillaWorkUrl workurl
url.home mozillaHomeUrl homeurl
url labeledURI url
birth.year birthyear
birth.month birthmonth
birth.day birthday
note description notes note comment info
custom1 mozillaCustom1 custom1
custom2 mozillaCustom2 custom2
custom3 mozillaCustom3 custom3
custom4 mozillaCustom4 custom4
aim nsAIMid nscpaimscreenname mozilla_aimscreenname
photo jpegPhoto thumbnailphoto photo
languages preferredLanguage
uuid entryUUID
uid uid userid
modified modifytimestamp
created createtimestamp
`;

const WRITTEN = new Map<string, string>();
const READ = new Map<string, string>();
for (const row of SLOTS.trim().split('\n')) {
  const [slot = '', attribute = '', ...others] = row.split(' ');
  WRITTEN.set(slot, attribute);
  for (const name of [attribute, ...others]) READ.set(name.toLowerCase(), slot);
}

/** The attribute that holds the slot. */
export function attributeOf(slot: string): string {
  return WRITTEN.get(slot) ?? slot;
}

/** The slot of an attribute (lower-case name); undefined for names that mean nothing to us. */
export function slotOf(attribute: string): string | undefined {
  return READ.get(attribute);
}

/** About the entry in its directory, not about the person. */
export const OPERATIONAL: ReadonlySet<string> = new Set(
  (
    'objectclass changetype structuralobjectclass entrydn entrycsn subschemasubentry hassubordinates numsubordinates ' +
    'creatorsname modifiersname objectguid objectsid distinguishedname usnchanged usncreated whenchanged whencreated ' +
    'instancetype objectcategory memberof dscorepropagationdata samaccounttype primarygroupid useraccountcontrol ' +
    'badpwdcount badpasswordtime lastlogon lastlogoff logoncount pwdlastset accountexpires codepage countrycode ' +
    'nsuniqueid parentid entryid'
  ).split(' '),
);

/** Never put into an address book. */
export const SECRET =
  /^(userpassword|unicodepwd|sambantpassword|sambalmpassword|krbprincipalkey|krb5key|authpassword|clearpassword|shadow.*|pwdhistory|dbcspwd|supplementalcredentials)$/;

/** A list of contacts. */
export const LISTS: ReadonlySet<string> = new Set([
  'groupofnames',
  'groupofuniquenames',
  'groupofmembers',
  'groupofentries',
  'posixgroup',
  'group',
]);

/** Attribute names that a writer may repeat. */
export const ATTRIBUTE_NAME = /^[A-Za-z][A-Za-z0-9-]{0,127}$/;

/** Card property for attributes that no property stands for: name to values. */
export const ATTRIBUTES = 'cardferry:attributes';
