/** The token of `changes`: the links of all folders in one text, packed. */
import { deflateRawSync, inflateRawSync } from 'node:zlib';
import { isObject, member } from '../../http/check.js';

/** How far a folder was read. */
export interface Mark {
  /** The server's link to go on with. */
  link: string;
  /** The newest `createdDateTime` and `lastModifiedDateTime` seen, by the server's clock. */
  newest: string;
  /** Hashes of what was changed at that very moment: the clock counts whole seconds. */
  edge: string[];
  /**
   * Rounds of the Outlook API are full ones, which leave out what is gone, or are not; undefined as long as nobody
   * knows.
   */
  full?: boolean;
  /** What is in the folder, unless rounds tell what is gone. */
  ids?: string[];
}

export interface Token {
  dialect: string;
  /** By the server's id of the folder. */
  folders: Map<string, Mark>;
}

/** Bytes that a token may unpack to. */
const MOST = 16 * 1024 * 1024;

export function writeToken({ dialect, folders }: Token): string {
  const text = JSON.stringify({ dialect, folders: Object.fromEntries(folders) });
  return deflateRawSync(Buffer.from(text, 'utf8')).toString('base64url');
}

const texts = (list: readonly unknown[]): string[] => list.filter((one): one is string => typeof one === 'string');

function markFrom(value: unknown): Mark | undefined {
  if (!isObject(value)) return undefined;
  const [link, newest, edge] = [member(value, 'link'), member(value, 'newest'), member(value, 'edge')];
  if (typeof link !== 'string' || typeof newest !== 'string' || !Array.isArray(edge)) return undefined;
  const [full, ids] = [member(value, 'full'), member(value, 'ids')];
  return {
    ...{ link, newest, edge: texts(edge) },
    ...(typeof full === 'boolean' ? { full } : {}),
    ...(Array.isArray(ids) ? { ids: texts(ids) } : {}),
  };
}

/** Undefined for what is no token of ours, or of another dialect. */
export function readToken(text: string, dialect: string): Token | undefined {
  let value: unknown;
  try {
    value = JSON.parse(inflateRawSync(Buffer.from(text, 'base64url'), { maxOutputLength: MOST }).toString('utf8'));
  } catch {
    return undefined;
  }
  if (!isObject(value) || member(value, 'dialect') !== dialect) return undefined;
  const list = member(value, 'folders');
  const folders = new Map<string, Mark>();
  for (const [id, entry] of Object.entries(isObject(list) ? list : {})) {
    const mark = markFrom(entry);
    if (mark === undefined) return undefined;
    folders.set(id, mark);
  }
  return { dialect, folders };
}
