/** LDIF text (RFC 2849): Base64 where it must be, lines of 76 characters. */
import { Buffer } from 'node:buffer';
import type { LdifValue } from './records.js';

const SAFE = /^(?![ :<])[\u0020-\u007e]*[\u0021-\u007e]$/;
const MAX_LINE = 76;

/** One attribute, with its line break. */
export function lineOf(name: string, value: LdifValue): string {
  if (typeof value === 'string' && SAFE.test(value)) return folded(`${name}: ${value}`);
  const bytes =
    typeof value === 'string'
      ? Buffer.from(value, 'utf8')
      : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  return folded(`${name}:: ${bytes.toString('base64')}`);
}

function folded(line: string): string {
  if (line.length <= MAX_LINE) return `${line}\n`;
  const lines = [line.slice(0, MAX_LINE)];
  for (let at = MAX_LINE; at < line.length; at += MAX_LINE - 1) lines.push(` ${line.slice(at, at + MAX_LINE - 1)}`);
  return `${lines.join('\n')}\n`;
}
