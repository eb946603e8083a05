/** The property model between content lines (`lines.ts`) and JSContact (`map.ts`). */

export type VCardVersion = '2.1' | '3.0' | '4.0';

export interface VCardParam {
  /** Upper-case name. */
  name: string;
  /** Values in order, RFC 6868 decoded, quotes removed; letters as written. */
  values: string[];
}

export interface VCardProperty {
  /** Group prefix as written (`item1`); pair groups without case. */
  group?: string;
  /** Upper-case name. */
  name: string;
  /** Parameters in order. Bare 2.1 parameters are already named (TYPE, ENCODING, VALUE); ENCODING and CHARSET that were undone are gone. */
  params: VCardParam[];
  /**
   * The value as text after transfer decoding and charset, before splitting and un-escaping (`\,` `\;` `\n` still stand).
   * 2.1 structured values were split before quoted-printable was undone: a `;` that was data is escaped as `\;` here, so
   * that one splitting rule serves all versions.
   */
  value: string;
  /** Decoded bytes of a BASE64/B value; `value` is then empty. */
  binary?: Uint8Array;
  /** 1-based line in the file. */
  line: number;
}

export interface RawCard {
  version: VCardVersion;
  /** Without BEGIN, END and VERSION. A nested 2.1 AGENT card is one property with its text as value. */
  properties: VCardProperty[];
  /** 1-based line of BEGIN. */
  line: number;
  warnings: string[];
  /** The record's bytes as they stood. Filled only when asked (`keepRaw`) or when the card is broken. */
  raw?: Uint8Array;
}
