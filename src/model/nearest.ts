/** Suggestions for misspelt words: commands, options, fields, profiles. */

/** Longer words are no typing mistakes of ours; the cap keeps the comparison cheap whatever was pasted. */
const MAX_LENGTH = 64;

/**
 * Distance of two words in single edits: insert, delete, replace, swap of neighbours (Damerau-Levenshtein, restricted
 * to one edit a place).
 */
export function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1;
      let best = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + cost);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) best = Math.min(best, (before[j - 2] ?? 0) + 1);
      row.push(best);
    }
    before = last;
    last = row;
  }
  return last[b.length] ?? 0;
}

/** Edits that still look like the same word: one in short words, three in long ones. */
function tolerance(length: number): number {
  if (length <= 3) return 1;
  return length <= 6 ? 2 : 3;
}

/**
 * The candidate the word was probably meant to be, without regard to case; undefined when none is near. A word of
 * three letters or more that begins a candidate counts as near.
 */
export function nearest(word: string, candidates: readonly string[]): string | undefined {
  const wanted = word.toLowerCase();
  if (wanted === '' || wanted.length > MAX_LENGTH) return undefined;
  let best: string | undefined;
  let bestDistance = Infinity;
  for (const candidate of candidates) {
    const known = candidate.toLowerCase();
    const allowed = Math.min(tolerance(Math.max(wanted.length, known.length)), known.length - 1);
    const begins = wanted.length >= 3 && known.startsWith(wanted);
    if (!begins && Math.abs(known.length - wanted.length) > allowed) continue;
    const distance = begins ? 0.5 : editDistance(wanted, known);
    if (known !== wanted && !begins && distance > allowed) continue;
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}
