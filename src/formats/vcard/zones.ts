/** TZ values (RFC 9555, section 2.8.3): zone names as they are, UTC offsets of whole hours as Etc/GMT names. */

const OFFSET = /^(?:UTC|GMT)?([+-])(\d{1,2})(?::?(\d{2}))?$/i;
const ETC = /^Etc\/GMT([+-])(\d{1,2})$/;

/** The time zone name; undefined for other offsets, lists and empty text. The signs of Etc/GMT are reversed. */
export function zoneFrom(text: string): string | undefined {
  const zone = text.trim();
  const offset = OFFSET.exec(zone);
  if (offset === null) {
    if (/^(z|utc)$/i.test(zone)) return 'Etc/UTC';
    return zone !== '' && zone.length <= 255 && /^[A-Za-z][A-Za-z0-9+_/ -]*$/.test(zone) ? zone : undefined;
  }
  const hours = Number(offset[2]);
  const east = offset[1] === '+';
  if (Number(offset[3] ?? 0) !== 0 || hours > (east ? 14 : 12)) return undefined;
  return hours === 0 ? 'Etc/UTC' : `Etc/GMT${east ? '-' : '+'}${hours}`;
}

/** The offset of an Etc/GMT zone as 3.0 writes it (`-05:00`); undefined for all others. */
export function zoneOffset(zone: string): string | undefined {
  if (zone === 'Etc/UTC') return '+00:00';
  const etc = ETC.exec(zone);
  if (etc === null || zoneFrom(`${etc[1]}${etc[2]}`) === undefined || Number(etc[2]) > 14) return undefined;
  return `${etc[1] === '+' ? '-' : '+'}${(etc[2] ?? '').padStart(2, '0')}:00`;
}
