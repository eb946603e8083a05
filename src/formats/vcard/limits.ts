/** What the vCard reader refuses to hold. Every message names the limit. */

/** One unfolded content line. */
export const MAX_VALUE = 64 * 1024 * 1024;
/** Name and parameters of one property. */
export const MAX_HEADER = 1024 * 1024;
/** All lines of one card together. */
export const MAX_CARD = 256 * 1024 * 1024;
export const MAX_PROPERTIES = 200_000;
/** AGENT cards inside AGENT cards (vCard 2.1). */
export const MAX_NESTING = 32;
/** Bytes of a record beyond a limit that are handed on for the rejects file. */
export const MAX_BROKEN_RAW = 64 * 1024;
/** Warnings kept for one card; the rest is counted. */
export const MAX_WARNINGS = 100;
