/** The beginning of a file as text, for sniffing. */
import { Buffer } from 'node:buffer';

/** Decoded by its byte order mark, by zeros in every second byte, else as UTF-8 (wrong letters do not matter here). */
export function headText(head: Uint8Array): string {
  const bytes = Buffer.from(head.buffer, head.byteOffset, head.byteLength);
  const even = bytes.length - (bytes.length % 2);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return swapped(bytes.subarray(2, even));
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return bytes.toString('utf16le', 2, even);
  if (bytes.length >= 8 && bytes[0] !== 0 && bytes[1] === 0 && bytes[3] === 0 && bytes[5] === 0)
    return bytes.toString('utf16le', 0, even);
  if (bytes.length >= 8 && bytes[1] !== 0 && bytes[0] === 0 && bytes[2] === 0 && bytes[4] === 0)
    return swapped(bytes.subarray(0, even));
  return bytes.toString('utf8').replace(/^\ufeff+/, '');
}

function swapped(bytes: Buffer): string {
  return Buffer.from(bytes).swap16().toString('utf16le');
}
