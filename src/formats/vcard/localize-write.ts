/** `localizations` as sibling properties with ALTID and LANGUAGE (4.0 only: older readers would show everything twice). */
import { entriesOf, isObject, own, put, textOf } from '../../model/json.js';
import type { JsonObject } from '../../model/json.js';
import type { Card } from '../../model/card.js';
import { splitPointer } from '../../model/patch.js';
import { ADDRESS_KINDS, WRITE_KINDS } from './address-write.js';
import { cellsValue, layOut, phoneticCells } from './components.js';
import { NAME_KINDS, nProperty } from './names.js';
import { rowOfMap } from './table.js';
import type { VCardParam } from './types.js';
import { param, textValue } from './values.js';
import type { WriteState } from './write-state.js';

const TAG = /^[A-Za-z0-9-]{1,100}$/;

/** What one language says of one object, by member. */
interface Translation {
  language: string;
  /** `name`, `speakToAs` or `titles/t1`. */
  path: string;
  members: JsonObject;
  /** Pronunciations by component index. */
  sounds: JsonObject;
}

/** Patches that may be properties; all others travel as JSPROP. */
export function translationsOf(card: Card): Translation[] {
  const found: Translation[] = [];
  for (const [language, patch] of entriesOf(card.localizations)) {
    if (!TAG.test(language)) continue;
    const byPath = new Map<string, Translation>();
    for (const [pointer, value] of entriesOf(patch)) {
      const [path, member, rest] = splitPath(pointer);
      if (path === undefined || member === undefined || value === null) continue;
      const known = byPath.get(path) ?? { language, path, members: {}, sounds: {} };
      byPath.set(path, known);
      if (rest.length === 0) put(known.members, member, value);
      else if (member === 'components' && rest.length === 2 && rest[1] === 'phonetic')
        put(known.sounds, rest[0] ?? '', value);
    }
    found.push(...byPath.values());
  }
  return found;
}

function splitPath(pointer: string): [path: string | undefined, member: string | undefined, rest: string[]] {
  let tokens: string[];
  try {
    tokens = splitPointer(pointer);
  } catch {
    return [undefined, undefined, []];
  }
  const depth = tokens[0] === 'name' ? 1 : tokens[0] === 'speakToAs' ? (tokens[1] === 'pronouns' ? 3 : 1) : 2;
  if (tokens.length <= depth) return [undefined, undefined, []];
  return [tokens.slice(0, depth).join('/'), tokens[depth], tokens.slice(depth + 1)];
}

/** ALTIDs of everything that is translated or pronounced, by the path its base is written under. */
export function alternativesOf(card: Card, translations: readonly Translation[]): ReadonlyMap<string, string> {
  const ids = new Map<string, string>();
  const used = usedAltIds(card);
  let next = 0;
  const mark = (path: string): void => {
    if (ids.has(path)) return;
    do next += 1;
    while (used.has(String(next)));
    ids.set(path, String(next));
  };
  for (const { path, members, sounds } of translations) {
    if (path === 'name') {
      if (members.full !== undefined) mark('name/full');
      if (Object.keys(members).some((key) => key !== 'full') || Object.keys(sounds).length > 0) mark('name/components');
    } else {
      mark(path === 'speakToAs' ? 'speakToAs/grammaticalGender' : path);
    }
  }
  if (hasSounds(card.name)) mark('name/components');
  for (const [id, address] of entriesOf(card.addresses)) if (hasSounds(address)) mark(`addresses/${id}`);
  return ids;
}

/** ALTIDs that vCardParams and vCardProps bring along. */
function usedAltIds(card: Card): ReadonlySet<string> {
  const used = new Set<string>();
  const take = (params: unknown): void => {
    if (isObject(params) && typeof params.altid === 'string') used.add(params.altid);
  };
  for (const value of Object.values(card)) {
    for (const [, entry] of entriesOf(value)) if (isObject(entry)) take(entry.vCardParams);
  }
  for (const prop of Array.isArray(card.vCardProps) ? card.vCardProps : []) if (Array.isArray(prop)) take(prop[1]);
  return used;
}

function hasSounds(holder: unknown): boolean {
  return (
    isObject(holder) &&
    soundParams(holder) !== undefined &&
    phoneticCells(layOut(holder, kindsOf(holder))) !== undefined
  );
}

function kindsOf(holder: JsonObject): readonly string[] {
  const list: unknown[] = Array.isArray(holder.components) ? holder.components : [];
  const names: readonly string[] = NAME_KINDS;
  return list.some((part) => isObject(part) && names.includes(textOf(part.kind))) ? NAME_KINDS : ADDRESS_KINDS;
}

/** PHONETIC and SCRIPT; undefined when neither is known. */
function soundParams(holder: JsonObject): VCardParam[] | undefined {
  const system = textOf(holder.phoneticSystem);
  const script = textOf(holder.phoneticScript);
  if (system === '' && script === '') return undefined;
  return [param('PHONETIC', system || 'script'), ...(script === '' ? [] : [param('SCRIPT', script)])];
}

/** The siblings of what has been written. */
export function writeTranslations(card: Card, translations: readonly Translation[], state: WriteState): void {
  if (isObject(card.name)) writeSounds(card.name, 'name/components', [], state);
  for (const [id, address] of entriesOf(card.addresses)) {
    if (isObject(address)) writeSounds(address, `addresses/${id}`, [], state);
  }
  for (const translation of translations) writeTranslation(card, translation, state);
}

function writeTranslation(card: Card, { language, path, members, sounds }: Translation, state: WriteState): void {
  const tag = param('LANGUAGE', language);
  const [map = '', id = ''] = path.startsWith('speakToAs/pronouns/')
    ? ['speakToAs/pronouns', path.slice(19)]
    : path.split('/');
  if (path === 'name') {
    writeNameTranslation(card, members, tag, state);
    writeTranslatedSounds(card.name, 'name/components', members, sounds, tag, state);
    return;
  }
  if (path === 'speakToAs') {
    const gender = textOf(members.grammaticalGender);
    if (gender !== '') state.put('GRAMGENDER', textValue(gender), [...state.altOf('speakToAs/grammaticalGender'), tag]);
    return;
  }
  const row = rowOfMap(map);
  const holder = map === 'speakToAs/pronouns' ? card.speakToAs?.pronouns : card[map];
  const base = isObject(holder) ? own(holder, id) : undefined;
  if (row === undefined || !isObject(base)) return;
  if (map === 'addresses') writeTranslatedSounds(base, path, members, sounds, tag, state);
  const value: JsonObject = {};
  let told = false;
  for (const [key, member] of Object.entries(members)) {
    if (key === 'phoneticSystem' || key === 'phoneticScript') continue;
    put(value, key, member);
    told = true;
  }
  if (!told) return;
  for (const key of row.main) if (value[key] === undefined && base[key] !== undefined) value[key] = base[key];
  const draft = row.write(value, state);
  if (draft !== undefined) state.putDraft(row, value, draft, undefined, [...state.altOf(path), tag]);
}

function writeNameTranslation(card: Card, members: JsonObject, tag: VCardParam, state: WriteState): void {
  const full = textOf(members.full);
  if (full !== '') state.put('FN', textValue(full), [...state.altOf('name/full'), tag]);
  if (!Array.isArray(members.components) || !isObject(card.name)) return;
  state.putWith(nProperty(members, state), [...state.altOf('name/components'), tag]);
}

function writeTranslatedSounds(
  base: unknown,
  path: string,
  members: JsonObject,
  sounds: JsonObject,
  tag: VCardParam,
  state: WriteState,
): void {
  if (!isObject(base) || Object.keys(sounds).length === 0 || !Array.isArray(base.components)) return;
  const components = (base.components as unknown[]).map((part, i) => {
    const rest: JsonObject = isObject(part) ? { ...part } : {};
    delete rest.phonetic;
    const sound = own(sounds, String(i));
    return sound === undefined ? rest : { ...rest, phonetic: sound };
  });
  const holder: JsonObject = { ...base, components };
  delete holder.phoneticSystem;
  delete holder.phoneticScript;
  if (members.phoneticSystem !== undefined) holder.phoneticSystem = members.phoneticSystem;
  if (members.phoneticScript !== undefined) holder.phoneticScript = members.phoneticScript;
  writeSounds(holder, path, [tag], state);
}

function writeSounds(holder: JsonObject, path: string, more: readonly VCardParam[], state: WriteState): void {
  const params = soundParams(holder);
  const name = path.startsWith('name') ? 'N' : 'ADR';
  const kinds = name === 'N' ? NAME_KINDS : WRITE_KINDS;
  const cells = params === undefined ? undefined : phoneticCells(layOut(holder, kinds));
  if (params === undefined || cells === undefined) return;
  state.put(name, cellsValue(cells), [...state.altOf(path), ...params, ...more]);
}
