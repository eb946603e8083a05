/** Lines of a byte stream. */

const NEWLINE = 10;

/**
 * Whole lines without their line break. What comes after the last line break is no whole line and is left out. With
 * `most`, only so many bytes of each line are kept, so that memory stays flat whatever a line holds.
 */
export async function* lines(source: AsyncIterable<unknown>, most = Infinity): AsyncGenerator<Buffer> {
  let parts: Buffer[] = [];
  let kept = 0;
  for await (const chunk of source) {
    if (!Buffer.isBuffer(chunk)) continue;
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at !== -1; at = chunk.indexOf(NEWLINE, from)) {
      const rest = chunk.subarray(from, Math.min(at, from + most - kept));
      yield parts.length === 0 ? rest : Buffer.concat([...parts, rest]);
      parts = [];
      kept = 0;
      from = at + 1;
    }
    if (from >= chunk.length || kept >= most) continue;
    const rest = chunk.subarray(from, Math.min(chunk.length, from + most - kept));
    // A copy: the slice would keep its whole chunk alive.
    parts.push(most === Infinity ? rest : Buffer.from(rest));
    kept += rest.length;
  }
}
