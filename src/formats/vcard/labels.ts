/** X-ABLabel: Apple's built-in labels are wrapped in `_$!<` and `>!$_`; all others are the user's own words. */
const BUILT_IN: ReadonlySet<string> = new Set(
  (
    'Home Work Other Mobile Main HomeFAX WorkFAX OtherFAX Pager iPhone School HomePage Anniversary Spouse Partner Child Parent ' +
    'Mother Father Brother Sister Sibling Friend Assistant Manager Son Daughter Husband Wife'
  ).split(' '),
);

/** The label without Apple's wrapping, surrounding blanks removed. */
export function builtInLabel(text: string): string {
  const trimmed = text.trim();
  return trimmed.startsWith('_$!<') && trimmed.endsWith('>!$_') ? trimmed.slice(4, -4) : trimmed;
}

/** As Apple's programs write it: they translate built-in labels only when wrapped. */
export function wrappedLabel(text: string): string {
  return BUILT_IN.has(text) ? `_$!<${text}>!$_` : text;
}
