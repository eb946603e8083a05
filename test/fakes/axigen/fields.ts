/** What the Mailbox API shows of a stored vCard: the nine fields of ContactInstance, and the picture. */

interface Line {
  name: string;
  params: string;
  value: string;
}

function lines(vcard: string): Line[] {
  const unfolded = vcard.replace(/\r?\n[ \t]/g, '').split(/\r?\n/);
  return unfolded.flatMap((line) => {
    const match = /^(?:[\w-]+\.)?([\w-]+)((?:;(?:"[^"]*"|[^":])*)?):(.*)$/s.exec(line);
    const [, name = '', params = '', value = ''] = match ?? [];
    return match === null ? [] : [{ name: name.toUpperCase(), params: params.toUpperCase(), value }];
  });
}

function unescape(value: string): string {
  return value.replace(/\\([\s\S])/g, (_, char: string) => (char === 'n' || char === 'N' ? '\n' : char));
}

/** Parts between separators that no backslash stands before. */
function split(value: string, separator: ';' | ','): string[] {
  const parts = [''];
  for (const piece of value.match(/\\[\s\S]|[^\\]/g) ?? []) {
    if (piece === separator) parts.push('');
    else parts.push(`${parts.pop() ?? ''}${piece}`);
  }
  return parts.map(unescape);
}

export interface Summary {
  uid: string;
  isDistributionList: boolean;
  name: string;
  email: string;
  /** The main address alone: what pictures are looked up by. */
  mainEmail: string;
  firstName: string;
  lastName: string;
  nickName: string;
  reversedName: string;
  /** Base64. */
  photo: string;
}

/** "email is the first defined one of: main address, business address, home address" (Schemas page). */
function emails(all: readonly Line[]): { main: string; first: string } {
  const list = all.filter(({ name }) => name === 'EMAIL');
  const of = (test: (params: string) => boolean): string =>
    unescape(list.find(({ params }) => test(params))?.value ?? '');
  const main = of((params) => params.includes('PREF')) || of((params) => !/WORK|HOME/.test(params));
  return { main, first: main || of((params) => params.includes('WORK')) || of((params) => params.includes('HOME')) };
}

export function summarize(vcard: string): Summary {
  const all = lines(vcard);
  const text = (name: string): string => all.find((line) => line.name === name)?.value ?? '';
  const [lastName = '', firstName = ''] = split(text('N'), ';');
  const { main, first } = emails(all);
  const photo = all.find(({ name, params }) => name === 'PHOTO' && /ENCODING=(B|BASE64)/.test(params))?.value ?? '';
  return {
    uid: unescape(text('UID')),
    isDistributionList: /^group$/i.test(text('X-ADDRESSBOOKSERVER-KIND') || text('KIND')),
    name: unescape(text('FN')),
    email: first,
    mainEmail: main,
    firstName,
    lastName,
    nickName: split(text('NICKNAME'), ',')[0] ?? '',
    reversedName: [lastName, firstName].filter(Boolean).join(', '),
    photo: photo.replace(/\s/g, ''),
  };
}
