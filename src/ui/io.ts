/** The process's streams, as commands see them. Only this file writes to them. */

export interface Io {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean };
  stdoutIsTTY: boolean;
  stderrIsTTY: boolean;
  stdinIsTTY: boolean;
  /** Colour on stdout / stderr, by NO_COLOR, FORCE_COLOR, TERM=dumb, --no-color and the streams. */
  color: { stdout: boolean; stderr: boolean };
  columns: number;
  /** Data to stdout. Resolves when the stream can take more; a closed pipe (EPIPE) ends the command quietly. */
  out(text: string | Uint8Array): Promise<void>;
  /** Anything else to stderr, one or more whole lines. Not shown with --quiet unless `important`. */
  note(line: string, options?: { important?: boolean }): void;
}
