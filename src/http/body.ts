/** The body of an answer as it comes: decoded by its content coding, counted against a cap. */
import { createBrotliDecompress, createGunzip, createInflate, createInflateRaw } from 'node:zlib';
import type { Transform } from 'node:stream';
import { TransportFailure } from './failure.js';

/**
 * Collects a body. The cap counts decoded bytes, so that a small answer cannot unpack into all of the memory.
 * `onFailure` gets `cap` or `garbled`; nothing comes from `end()` then.
 */
export class BodySink {
  private readonly chunks: Buffer[] = [];
  private size = 0;
  /** Bytes as they came, of a body that is decoded. */
  private received = 0;
  private decoder: Transform | undefined;
  private started = false;
  private failed = false;

  constructor(
    private readonly coding: string,
    private readonly cap: number,
    private readonly onFailure: (failure: TransportFailure) => void,
  ) {}

  write(chunk: Buffer): void {
    if (this.failed || chunk.length === 0) return;
    if (!this.started) this.start(chunk);
    if (this.failed) return;
    if (!this.decoder) return this.keep(chunk);
    this.received += chunk.length;
    if (this.received > this.cap) return this.tooLarge();
    // No back-pressure: undici's parser asserts when a server closes its socket while it is paused. The cap bounds both.
    this.decoder.write(chunk);
  }

  /** The whole body, or undefined after a failure. */
  async end(): Promise<Buffer | undefined> {
    const decoder = this.decoder;
    if (decoder && !this.failed) {
      await new Promise<void>((resolve) => {
        decoder.once('end', resolve).once('close', resolve);
        decoder.end();
      });
    }
    return this.failed ? undefined : Buffer.concat(this.chunks, this.size);
  }

  destroy(): void {
    this.failed = true;
    this.chunks.length = 0;
    this.decoder?.destroy();
  }

  tooLarge(): void {
    this.fail('cap', `the answer is larger than ${this.cap} bytes`, undefined);
  }

  private start(first: Buffer): void {
    this.started = true;
    const codings = this.coding
      .toLowerCase()
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '' && name !== 'identity');
    const [coding, ...more] = codings;
    if (coding === undefined) return;
    const decoder = more.length === 0 ? makeDecoder(coding, first) : undefined;
    if (!decoder) {
      this.fail(
        'garbled',
        `the answer is encoded in a way that was not asked for (${codings.join(', ').slice(0, 40)})`,
        undefined,
      );
      return;
    }
    this.decoder = decoder;
    decoder.on('data', (chunk: Buffer) => this.keep(chunk));
    decoder.on('error', (error) => this.fail('garbled', 'the compressed answer is damaged or cut', error));
  }

  private keep(chunk: Buffer): void {
    if (this.failed) return;
    this.size += chunk.length;
    if (this.size > this.cap) this.tooLarge();
    else this.chunks.push(chunk);
  }

  private fail(kind: 'cap' | 'garbled', reason: string, cause: unknown): void {
    if (this.failed) return;
    this.destroy();
    this.onFailure(new TransportFailure(kind, true, reason, cause));
  }
}

/** `deflate` is zlib by the standard, raw by some servers: the first byte tells (RFC 1950, section 2.2). */
function makeDecoder(coding: string, first: Buffer): Transform | undefined {
  if (coding === 'gzip' || coding === 'x-gzip') return createGunzip();
  if (coding === 'br') return createBrotliDecompress();
  if (coding === 'deflate') return ((first[0] ?? 0) & 0x0f) === 8 ? createInflate() : createInflateRaw();
  return undefined;
}
