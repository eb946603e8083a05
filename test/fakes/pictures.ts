/** Tiny pictures that every decoder accepts, each different from the next. */
import { crc32, deflateSync } from 'node:zlib';
import type { Card, Photo } from '../../src/model/card.js';

/** A valid baseline JPEG of one grey pixel: 160 bytes. Different levels are different files. */
export function tinyJpeg(level = 0): Photo {
  const dc = level & 0xff;
  const segment = (marker: number, ...data: number[]): number[] => {
    const length = data.length + 2;
    return [0xff, marker, length >> 8, length & 0xff, ...data];
  };
  const oneCode = [1, ...Array<number>(15).fill(0)];
  const bytes = [
    [0xff, 0xd8],
    segment(0xe0, 0x4a, 0x46, 0x49, 0x46, 0, 1, 1, 0, 0, 1, 0, 1, 0, 0),
    segment(0xdb, 0, ...Array<number>(64).fill(8)),
    segment(0xc0, 8, 0, 1, 0, 1, 1, 1, 0x11, 0),
    segment(0xc4, 0x00, ...oneCode, 8),
    segment(0xc4, 0x10, ...oneCode, 0),
    segment(0xda, 1, 1, 0, 0, 63, 0),
    // One bit for "eight bits follow", the level, one bit for "end of block", ones to fill up.
    [dc >> 1, ((dc & 1) << 7) | 0x3f],
    [0xff, 0xd9],
  ].flat();
  return { mediaType: 'image/jpeg', bytes: Uint8Array.from(bytes) };
}

/** A valid PNG of four by four pixels in one colour (24 bits). */
export function tinyPng(colour = 0x3366cc): Photo {
  const size = 4;
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(body.length + 8);
    frame.writeUInt32BE(data.length, 0);
    body.copy(frame, 4);
    frame.writeUInt32BE(crc32(body), body.length + 4);
    return frame;
  };
  const header = Buffer.from([0, 0, 0, size, 0, 0, 0, size, 8, 2, 0, 0, 0]);
  const pixel = [(colour >> 16) & 0xff, (colour >> 8) & 0xff, colour & 0xff];
  const row = [0, ...Array.from({ length: size }, () => pixel).flat()];
  const pixels = deflateSync(Uint8Array.from(Array.from({ length: size }, () => row).flat()));
  const magic = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  const parts = [magic, chunk('IHDR', header), chunk('IDAT', pixels), chunk('IEND', new Uint8Array())];
  return { mediaType: 'image/png', bytes: new Uint8Array(Buffer.concat(parts)) };
}

export function photoUri(photo: Photo): string {
  return `data:${photo.mediaType};base64,${Buffer.from(photo.bytes).toString('base64')}`;
}

/** Puts the picture into the card, inline. */
export function setPhoto(card: Card, photo: Photo): void {
  card.media = { photo: { '@type': 'Media', kind: 'photo', uri: photoUri(photo), mediaType: photo.mediaType } };
}
