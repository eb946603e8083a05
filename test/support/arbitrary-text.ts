/** Texts that break naive readers and writers. */
import fc from 'fast-check';

const NASTY = [
  'a;b,c:d',
  'line one\nline two',
  '\\n \\N \\; \\, \\\\',
  'C:\\new\\temp',
  '"quoted" and ^n ^^ ^\'',
  'Зоя 山田太郎 مرحبا',
  '👩‍👩‍👧‍👦 e\u0301',
  '\u202eevil\u202c \u200f',
  'nul\u0000 esc\u001b[31m del\u007f',
  'nel\u0085 ls\u2028 ps\u2029',
  '\ud800 lone',
  ' blanks ',
  '\ttab',
  '=1+1',
  'END:VCARD',
  'BEGIN:VCARD\nX:y',
  '__proto__',
  'x'.repeat(200),
  'ä'.repeat(90),
  '= =3D =0A',
  'ends with =',
  ',',
  ';;;',
  'a, b',
];

/** Non-empty text, often hostile. */
export const arbitraryText: fc.Arbitrary<string> = fc.oneof(
  { weight: 4, arbitrary: fc.string({ minLength: 1, maxLength: 12 }) },
  { weight: 3, arbitrary: fc.constantFrom(...NASTY) },
  { weight: 1, arbitrary: fc.tuple(fc.constantFrom(...NASTY), fc.constantFrom(...NASTY)).map(([a, b]) => a + b) },
  { weight: 1, arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }) },
);
