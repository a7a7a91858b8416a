/** WebSocket frames (RFC 6455, section 5.2) for a load: encoded once, and counted without being parsed. */
import { randomBytes } from 'node:crypto';

/** A client's text frame, masked. */
export function textFrame(text: string): Buffer {
  const payload = Buffer.from(text);
  if (payload.length > 65_535) throw new Error('a load sends small messages');
  const short = payload.length < 126;
  const header = short ? [0x81, 0x80 | payload.length] : [0x81, 0xfe, payload.length >> 8, payload.length & 0xff];
  const mask = randomBytes(4);
  const masked = payload.map((byte, index) => byte ^ (mask[index % 4] as number));
  return Buffer.concat([Buffer.from(header), mask, masked]);
}

/** Counts the frames in a server's stream, however it is split. */
export class FrameCounter {
  /** The payload that was complete in the last counted chunk; the last of several. */
  readonly last = { from: 0, to: 0 };
  readonly #header: number[] = [];
  /** Remaining bytes of the current frame's payload. */
  #rest = 0;

  /** @returns the number of frames that end between two offsets in the chunk */
  count(chunk: Buffer, from: number, to: number): number {
    let frames = 0;
    let at = from;
    this.last.to = 0;
    while (at < to) {
      if (this.#rest === 0) {
        this.#header.push(chunk[at] as number);
        at += 1;
        const length = this.#payloadLength();
        if (length < 0) continue;
        this.#header.length = 0;
        this.#rest = length;
        if (at + length <= to) {
          this.last.from = at;
          this.last.to = at + length;
        }
      }
      const taken = Math.min(this.#rest, to - at);
      this.#rest -= taken;
      at += taken;
      if (this.#rest === 0) frames += 1;
    }
    return frames;
  }

  /** -1 until the header is complete */
  #payloadLength(): number {
    const header = this.#header;
    const short = header[1] ?? 127;
    if (short < 126) return short;
    if (header.length < (short === 126 ? 4 : 10)) return -1;
    return header.slice(2).reduce((length, byte) => length * 256 + byte, 0);
  }
}
