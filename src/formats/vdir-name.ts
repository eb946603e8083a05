/** File names in a vdir folder, made from uids that strangers chose: `../../etc/passwd`, 400 characters, line breaks. */
import { createHash } from 'node:crypto';
import { uidKey } from '../model/keys.js';

const SAFE = /^[A-Za-z0-9_][A-Za-z0-9._-]{0,119}$/;
/** Names that Windows keeps for devices, with any extension. */
const DEVICE = /^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\.|$)/i;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * A file name for the uid, without extension: the uid itself when it is plain (a UUID in lower case and without
 * `urn:uuid:`), else a hash of it. The same uid always gives the same name; two uids that differ only in case get
 * different names, on file systems without case too. Never a path, never hidden, never a device name.
 */
export function safeFileName(uid: string): string {
  const key = uidKey(uid);
  if (UUID.test(key)) return key;
  if (!SAFE.test(key) || DEVICE.test(key)) return hashedFileName(uid);
  // `Bob` and `bob` are two uids, but one file on macOS and Windows.
  return /[A-Z]/.test(key) ? `${key.slice(0, 110)}-${digest(uid).slice(0, 8)}` : key;
}

/** The name for a uid whose own name is taken or impossible. */
export function hashedFileName(uid: string): string {
  return digest(uid).slice(0, 40);
}

function digest(uid: string): string {
  return createHash('sha256').update(uidKey(uid), 'utf8').digest('hex');
}
