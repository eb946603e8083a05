/** What the CSV reader refuses to hold. Every message names the limit. */

/** Columns of a table. */
export const MAX_COLUMNS = 5000;
/** Characters of one row. */
export const MAX_ROW = 64 * 1024 * 1024;
/** Characters of the header row: a longer one is no header. */
export const MAX_HEADER = 1024 * 1024;
/** Characters of a row beyond a limit that are handed on for the rejects file. */
export const MAX_BROKEN_ROW = 64 * 1024;
/** Once a quote was found that never closes: how far the next one may reach when its cell has line breaks. */
export const MAX_REACH = 64 * 1024;
/** Quotes that never close; beyond it the file is given up. */
export const MAX_UNCLOSED = 1000;
