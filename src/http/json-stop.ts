/** Where a text stops being JSON, for error messages (the messages of JSON.parse differ from version to version). */

const SPACE = /[ \t\r\n]*/y;
const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;
const NUMBER_START = /-?\d*(?:\.\d*)?(?:[eE][+-]?\d*)?/y;
const SCALAR = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])|(?:true|false|null)(?!\w)/y;

type Expect = 'value' | 'value-or-end' | 'key' | 'key-or-end' | 'comma-or-end' | 'end';

class Scanner {
  at: number;
  private readonly open: ('[' | '{')[] = [];
  private expect: Expect = 'value';

  constructor(private readonly text: string) {
    this.at = text.startsWith('\ufeff') ? 1 : 0;
  }

  skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.at;
    const matched = pattern.test(this.text);
    if (matched) this.at = pattern.lastIndex;
    return matched;
  }

  /** Takes a string by hand: a pattern with a star could overflow the matcher's stack on a long one. */
  private string(): boolean {
    if (this.text[this.at] !== '"') return false;
    let at = this.at + 1;
    for (; at < this.text.length; at += 1) {
      const char = this.text[at] ?? '';
      if (char === '"') {
        this.at = at + 1;
        return true;
      }
      if (char < ' ') break;
      if (char !== '\\') continue;
      ESCAPE.lastIndex = at;
      if (!ESCAPE.test(this.text)) break;
      at = ESCAPE.lastIndex - 1;
    }
    this.at = at;
    if (/^\\?(?:u[0-9a-fA-F]{0,3})?$/.test(this.text.slice(at, at + 6))) this.at = this.text.length;
    return false;
  }

  /** Takes one token; false where the text stops being JSON. */
  step(): boolean {
    this.skip(SPACE);
    const char = this.text[this.at];
    if (char === undefined) return false;
    if (this.expect === 'end') return false;
    if (this.expect === 'comma-or-end') return this.separator(char);
    if (this.expect === 'key' || this.expect === 'key-or-end') return this.key(char);
    return this.value(char);
  }

  private separator(char: string): boolean {
    if (char !== ',') return this.close(char);
    this.at += 1;
    this.expect = this.open.at(-1) === '{' ? 'key' : 'value';
    return true;
  }

  private key(char: string): boolean {
    if (char === '}' && this.expect === 'key-or-end') return this.close(char);
    if (!this.string()) return false;
    this.skip(SPACE);
    if (this.text[this.at] !== ':') return false;
    this.at += 1;
    this.expect = 'value';
    return true;
  }

  private value(char: string): boolean {
    if (char === '[' || char === '{') {
      this.open.push(char);
      this.at += 1;
      this.expect = char === '[' ? 'value-or-end' : 'key-or-end';
      return true;
    }
    if (char === ']' && this.expect === 'value-or-end') return this.close(char);
    if (!this.string() && !this.skip(SCALAR)) return false;
    this.expect = this.open.length === 0 ? 'end' : 'comma-or-end';
    return true;
  }

  private close(char: string): boolean {
    if (char !== (this.open.at(-1) === '[' ? ']' : '}')) return false;
    this.open.pop();
    this.at += 1;
    this.expect = this.open.length === 0 ? 'end' : 'comma-or-end';
    return true;
  }

  /** Whether what is left could be the beginning of the token that was due: then the text was cut. */
  get cut(): boolean {
    const left = this.text.length - this.at;
    const rest = this.text.slice(this.at, this.at + 6);
    if (left < 5 && ['true', 'false', 'null'].some((word) => word.startsWith(rest))) return true;
    return this.skip(NUMBER_START) && this.at === this.text.length;
  }
}

/**
 * `at` is the index of the first character that cannot be JSON; `cut` says that the text ended too early.
 * Give it only text that JSON.parse refused.
 */
export function jsonStop(text: string): { at: number; cut: boolean } {
  const scanner = new Scanner(text);
  while (scanner.step());
  const { at } = scanner;
  return { at, cut: scanner.cut };
}
