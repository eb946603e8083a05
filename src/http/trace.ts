/** The lines of `--debug`: what was asked and answered, without secrets, bodies cut at 2 KB. */
import { printable } from '../model/text.js';
import type { RawAnswer } from './answer.js';
import { withoutValues, type Redactor } from './redact.js';

const BODY_SHOWN = 2048;
const TEXTUAL = /json|xml|text\/|urlencoded|vcard|javascript/i;

/** "12 B", "3.4 KB", "1.2 MB" (1 KB is 1,000 bytes). */
export function byteSize(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${(bytes / 1e3).toFixed(1)} KB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

export class Trace {
  constructor(
    private readonly line: ((line: string) => void) | undefined,
    private readonly redactor: Redactor,
  ) {}

  get on(): boolean {
    return this.line !== undefined;
  }

  request(
    request: { method: string; url: URL; headers: Record<string, string>; body: string | Uint8Array | undefined },
    secrets: readonly string[],
  ): void {
    if (!this.line) return;
    this.say('>', `${request.method} ${this.redactor.url(request.url.href)}`, secrets);
    for (const [name, value] of Object.entries(request.headers)) {
      this.say('>', `  ${name}: ${this.redactor.header(name, value)}`, secrets);
    }
    if (request.body === undefined) return;
    const bytes = typeof request.body === 'string' ? request.body : Buffer.from(request.body);
    this.body('>', bytes, request.headers['content-type'] ?? 'text/plain', secrets);
  }

  answer(answer: RawAnswer, url: URL, ms: number, secrets: readonly string[]): void {
    if (!this.line) return;
    this.say('<', `${answer.status} in ${Math.round(ms)} ms, ${byteSize(answer.body.length)}`, secrets);
    for (const [name, values] of answer.headers) {
      for (const value of values)
        this.say('<', `  ${name}: ${this.redactor.header(name, this.absolute(name, value, url))}`, secrets);
    }
    this.body('<', answer.body, answer.headers.get('content-type')?.[0] ?? '', secrets);
  }

  /** Failures, waits, repeats. */
  event(text: string, secrets: readonly string[] = []): void {
    this.say('*', text, secrets);
  }

  private absolute(name: string, value: string, url: URL): string {
    if (name !== 'location' && name !== 'content-location') return value;
    try {
      return new URL(value, url).href;
    } catch {
      return value;
    }
  }

  private body(mark: string, body: string | Buffer, contentType: string, secrets: readonly string[]): void {
    if (body.length === 0) return;
    if (!TEXTUAL.test(contentType)) {
      this.say(mark, `  (${body.length} bytes of ${contentType.slice(0, 60) || 'no content type'})`, secrets);
      return;
    }
    const whole = typeof body === 'string' ? body : body.subarray(0, 128 * 1024).toString('utf8');
    const clean = withoutValues(this.redactor.body(whole, contentType), secrets);
    const cut = clean.length > BODY_SHOWN ? `${clean.slice(0, BODY_SHOWN)}…` : clean;
    for (const line of cut.split(/\r\n|\r|\n/)) this.say(mark, `  ${line}`, secrets);
  }

  private say(mark: string, text: string, secrets: readonly string[]): void {
    this.line?.(`${mark} ${printable(withoutValues(text, secrets))}`);
  }
}
