/**
 * Outlook's column names in other languages than English: Outlook exports, and imports, in the language it runs in.
 * Several names of one column stand behind each other with `/`; a column without a path is kept under its English name.
 */

export type Language = 'en' | 'de' | 'fr' | 'pl' | 'es';

/** Code page of "ANSI" text on a computer of that language. */
export const CODE_PAGES: Readonly<Record<Language, string>> = {
  en: 'windows-1252',
  de: 'windows-1252',
  fr: 'windows-1252',
  pl: 'windows-1250',
  es: 'windows-1252',
};

const ORDER: readonly Language[] = ['de', 'fr', 'pl', 'es'];

const OUTLOOK = `
name.prefix | Anrede | Titre | Tytuł |
name.given | Vorname | Prénom | Imię | Nombre
name.middle | Weitere Vornamen | Deuxième prénom | Drugie imię | Segundo nombre
name.family | Nachname | Nom | Nazwisko | Apellidos
name.suffix | Suffix | Suffixe | Sufiks | Sufijo
nickname | Spitzname | Surnom | Przydomek | Sobrenombre
org | Firma | Société | Firma | Organización/Compañía
department | Abteilung | Service | Dział/Oddział | Departamento
title | Position | Titre#2 | Stanowisko | Puesto/Cargo
role | Beruf | Profession | Zawód | Profesión
address.business.street | Straße geschäftlich | Rue (bureau) | Adres służbowy - ulica/Ulica (biuro) | Calle del trabajo
address.business.street2 | Straße geschäftlich 2 | Rue (bureau) 2 | Adres służbowy - ulica 2 | Calle del trabajo 2
address.business.street3 | Straße geschäftlich 3 | Rue (bureau) 3 | Adres służbowy - ulica 3 | Calle del trabajo 3
address.business.city | Ort geschäftlich | Ville (bureau) | Adres służbowy - miejscowość/Miasto (biuro) | Ciudad de trabajo
address.business.state | Region geschäftlich | Dép\\/Région (bureau) | Adres służbowy - województwo/Województwo (biuro) | Provincia o estado de trabajo
address.business.postcode | Postleitzahl geschäftlich | Code postal (bureau) | Adres służbowy - kod pocztowy/Kod pocztowy (biuro) | Código postal del trabajo
address.business.country | Land\\/Region geschäftlich | Pays\\/Région (bureau)/Pays (bureau) | Adres służbowy - kraj\\/region/Adres służbowy - kraj/Kraj\\/region (biuro) | País o región del trabajo
address.business.pobox | Postfach geschäftlich | B.P. professionnelle | Skrytka pocztowa - adres służbowy | Apartado postal de la dirección del trabajo
address.home.street | Straße privat | Rue (domicile) | Adres domowy - ulica/Ulica (dom) | Calle del domicilio
address.home.street2 | Straße privat 2 | Rue (domicile) 2 | Adres domowy - ulica 2 | Calle del domicilio 2
address.home.street3 | Straße privat 3 | Rue (domicile) 3 | Adres domowy - ulica 3 | Calle del domicilio 3
address.home.city | Ort privat | Ville (domicile) | Adres domowy - miejscowość/Miasto (dom) | Ciudad del domicilio
address.home.state | Bundesland\\/Kanton privat | Dép\\/Région (domicile) | Adres domowy - województwo/Województwo (dom) | Provincia o estado del domicilio
address.home.postcode | Postleitzahl privat | Code postal (domicile) | Adres domowy - kod pocztowy/Kod pocztowy (dom) | Código postal del domicilio
address.home.country | Land\\/Region privat | Pays\\/Région (domicile)/Pays (domicile) | Adres domowy - kraj\\/region/Adres domowy - kraj/Kraj\\/region (dom) | País o región del domicilio
address.home.pobox | Postfach privat | Boîte postale du domicile | Skrytka pocztowa - adres domowy | Apartado postal de la dirección personal
address.other.street | Weitere Straße | Rue (autre) | Inny adres - ulica | Otra calle
address.other.street2 | Weitere Straße 2 | Rue (autre) 2 | Inny adres - ulica 2 | Otra calle 2
address.other.street3 | Weitere Straße 3 | Rue (autre) 3 | Inny adres - ulica 3 | Otra calle 3
address.other.city | Weiterer Ort | Ville (autre) | Inny adres - miejscowość | Otra ciudad
address.other.state | Weiteres\\/r Bundesland\\/Kanton | Dép\\/Région (autre) | Inny adres - województwo | Otra provincia o estado
address.other.postcode | Weitere Postleitzahl | Code postal (autre) | Inny adres - kod pocztowy | Otro código postal
address.other.country | Weiteres\\/e Land\\/Region | Pays\\/Région (autre)/Pays (autre) | Inny adres - kraj\\/region/Inny adres - kraj | Otro país o región
address.other.pobox | Weiteres Postfach | Autre boîte postale | Skrytka pocztowa - inny adres | Otro apartado postal
phone.assistant | Telefon Assistent | Téléphone de l'assistant(e) | Telefon asystenta | Teléfono del ayudante
phone.businessFax | Fax geschäftlich | Télécopie (bureau) | Faks służbowy | Fax del trabajo
phone.business | Telefon geschäftlich/Telefon (geschäftlich) | Téléphone (bureau) | Telefon służbowy | Teléfono del trabajo
phone.business2 | Telefon geschäftlich 2/Telefon (geschäftlich 2) | Téléphone 2 (bureau) | Telefon służbowy 2 | Teléfono del trabajo 2
phone.callback | Rückmeldung | Rappel | Wywołanie zwrotne | Devolución de llamada
phone.car | Autotelefon | Téléphone (voiture) | Telefon w samochodzie | Teléfono del automóvil
phone.main | Telefon Firma | Téléphone société | Główny telefon do firmy | Número de centralita de la organización
phone.homeFax | Fax privat | Télécopie (domicile) | Faks domowy | Fax del domicilio
phone.home | Telefon privat | Téléphone (domicile) | Telefon domowy | Particular
phone.home2 | Telefon privat 2 | Téléphone 2 (domicile) | Telefon domowy 2 | Número del domicilio 2
phone.isdn | ISDN | RNIS | ISDN | RDSI
phone.mobile | Mobiltelefon | Tél. mobile | Telefon komórkowy | Teléfono móvil
phone.otherFax | Weiteres Fax | Télécopie (autre) | Inny faks | Otro fax
phone.other | Weiteres Telefon | Téléphone (autre) | Inny telefon | Otro teléfono
phone.pager | Pager | Récepteur de radiomessagerie | Pager | Localizador
phone.primary | Haupttelefon | Téléphone principal | Telefon podstawowy/Telefon główny | Teléfono principal
phone.radio | Mobiltelefon 2 | Radio téléphone | Radiotelefon | Radioteléfono
phone.tty | Telefon für Hörbehinderte | Téléphone TDD\\/TTY | Telefon TTY\\/TDD | Número de teletipo
phone.telex | Telex | Télex | Teleks | Télex
ext.Account | Konto | Compte | Konto | Cuenta
anniversary | Jahrestag | Anniversaire de mariage ou fête | Rocznica | Aniversario
person.assistant | Name Assistent/Assistent(in) | Nom de l'assistant(e) | Imię i nazwisko asystenta/Asystent | Nombre del ayudante
ext.Billing Information | Abrechnungsinformation | Informations facturation | Informacje o rozliczeniach | Información de facturación
birthday | Geburtstag | Anniversaire | Urodziny | Cumpleaños
categories | Kategorien | Catégories | Kategorie | Categorías
person.children | Kinder | Enfants | Dzieci | Hijos
ext.Directory Server | Verzeichnisserver | Serveur d'annuaire | Serwer katalogowy | Servidor de directorio
email.1 | E-Mail-Adresse | Adresse de messagerie | Adres e-mail | Dirección de correo electrónico
email.1.type | E-Mail-Typ | Type de messagerie | Typ e-mail | Tipo de correo electrónico
email.1.display | E-Mail: Angezeigter Name | Nom complet de l'adresse de messagerie | Wyświetlana nazwa e-mail | Nombre de pantalla de correo electrónico
email.2 | E-Mail 2: Adresse | Adresse de messagerie 2 | Adres e-mail 2 | Dirección de correo electrónico 2
email.2.type | E-Mail 2: Typ | Type de messagerie 2 | Typ e-mail 2 | Tipo de correo electrónico 2
email.2.display | E-Mail 2: Angezeigter Name | Nom complet de l'adresse de messagerie 2 | Wyświetlana nazwa e-mail 2 | Nombre de pantalla de correo electrónico 2
email.3 | E-Mail 3: Adresse | Adresse de messagerie 3 | Adres e-mail 3 | Dirección del correo electrónico 3
email.3.type | E-Mail 3: Typ | Type de messagerie 3 | Typ e-mail 3 | Tipo de correo electrónico 3
email.3.display | E-Mail 3: Angezeigter Name | Nom complet de l'adresse de messagerie 3 | Wyświetlana nazwa e-mail 3 | Nombre de pantalla de correo electrónico 3
ext.Gender | Geschlecht | Sexe | Płeć | Sexo
ext.Government ID Number | Regierungsnr./Regierungs-Nr. | Code gouvernement | Identyfikator rządowy | Número de Id. del gobierno
hobby | Hobby | Passe-temps | Hobby | Afición
initials | Initialen | Initiales | Inicjały | Iniciales
ext.Internet Free Busy | Internet Frei\\/Gebucht/Internet-Frei\\/Gebucht | Disponibilité Internet | Informacje o wolnym\\/zajętym czasie | Disponibilidad de Internet
ext.Keywords | Stichwörter | Mots clés | Słowa kluczowe | Palabras clave
ext.Language | Sprache | Langue | Język | Idioma
ext.Location | Ort | Lieu/Emplacement | Lokalizacja | Ubicación
person.manager | Name des\\/r Vorgesetzten/Name des\\/der Vorgesetzten | Responsable | Menedżer/Menadżer | Nombre del director
ext.Mileage | Reisekilometer | Kilométrage | Przebieg | Kilometraje
notes | Notizen | Notes | Notatki | Notas
office | Büro | Bureau | Lokalizacja biura | Ubicación de la oficina
ext.Organizational ID Number | Organisationsnr./Organisations-Nr. | Numéro d'identification de l'organisation | Numer identyfikacyjny organizacji | Número de identificación de la organización
ext.Priority | Priorität | Priorité | Priorytet | Prioridad
ext.Private | Privat | Privé | Prywatne | Privado
ext.Referred By | Empfohlen von | Recommandé par | Polecony przez | Recomendado por
ext.Sensitivity | Vertraulichkeit | Critère de diffusion | Charakter | Confidencialidad
person.spouse | Partner | Conjoint(e) | Współmałżonek | Cónyuge
ext.User 1 | Benutzer 1 | Utilisateur 1 | Użytkownik 1 | Usuario 1
ext.User 2 | Benutzer 2 | Utilisateur 2 | Użytkownik 2 | Usuario 2
ext.User 3 | Benutzer 3 | Utilisateur 3 | Użytkownik 3 | Usuario 3
ext.User 4 | Benutzer 4 | Utilisateur 4 | Użytkownik 4 | Usuario 4
web.business | Webseite | Page Web | Strona sieci Web/Osobista strona sieci Web | Página web
`;

/** Thunderbird in German. */
const THUNDERBIRD = `
name.given | Vorname
name.family | Nachname
name.full | Anzeigename
nickname | Spitzname
email.1 | Primäre E-Mail-Adresse
email.2 | Sekundäre E-Mail-Adresse
im.aim | Messenger-Name
phone.business | Tel. dienstlich
phone.home | Tel. privat
phone.otherFax | Fax-Nummer
phone.pager | Pager-Nummer
phone.mobile | Mobil-Tel.-Nr.
address.home.street | Privat: Adresse
address.home.street2 | Privat: Adresse 2
address.home.city | Privat: Ort
address.home.state | Privat: Bundesland
address.home.postcode | Privat: PLZ
address.home.country | Privat: Land
address.business.street | Dienstlich: Adresse
address.business.street2 | Dienstlich: Adresse 2
address.business.city | Dienstlich: Ort
address.business.state | Dienstlich: Bundesland
address.business.postcode | Dienstlich: PLZ
address.business.country | Dienstlich: Land
title | Arbeitstitel
department | Abteilung
org | Organisation
web.business | Webseite 1
web.home | Webseite 2
birth.year | Geburtsjahr
birth.month | Geburtsmonat
birth.day | Geburtstag
ext.Custom 1 | Benutzerdef. 1
ext.Custom 2 | Benutzerdef. 2
ext.Custom 3 | Benutzerdef. 3
ext.Custom 4 | Benutzerdef. 4
notes | Notizen
`;

export interface LocalName {
  path: string;
  language: Language;
  name: string;
}

function parse(table: string): LocalName[] {
  return table
    .split('\n')
    .filter((line) => line !== '')
    .flatMap((line) => {
      const [path = '', ...cells] = line.split(' | ').map((cell) => cell.replace(/\s\|$/, '').trim());
      return cells.flatMap((cell, i) =>
        cell
          .split(/(?<!\\)\//)
          .map((name) => ({ path, language: ORDER[i] ?? 'en', name: name.replaceAll('\\/', '/') }))
          .filter(({ name }) => name !== ''),
      );
    });
}

export const LOCAL_OUTLOOK: readonly LocalName[] = parse(OUTLOOK);
export const LOCAL_THUNDERBIRD: readonly LocalName[] = parse(THUNDERBIRD);
