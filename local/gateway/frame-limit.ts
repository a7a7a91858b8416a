/** Finds frames that are too long on a WebSocket's raw stream. `ws` has a limit for messages, but none for single frames. */

import type { Duplex } from 'node:stream';

/** What to ask of each message that `ws` hands over: whether it came before the frame that was too long. */
export interface FrameLimit {
  /** To be called once a message, in their order. */
  acceptNext(): boolean;
}

/**
 * Looks at each chunk before `ws` does, so that no part of a frame that is too long gets anywhere. What came whole
 * before it is still taken, though it may be in the same chunk.
 * @param maxPayload  bytes
 * @param exceeded  called once, when `ws` has read the chunk
 */
export function limitFrames(socket: Duplex, maxPayload: number, exceeded: () => void): FrameLimit {
  const headers = new FrameHeaders(maxPayload);
  let handedOver = 0;
  let accepted = Number.POSITIVE_INFINITY;
  socket.prependListener('data', function check(chunk: Buffer) {
    if (!headers.exceeds(chunk)) return;
    socket.off('data', check);
    accepted = headers.messages;
    process.nextTick(exceeded);
  });
  return {
    acceptNext() {
      handedOver += 1;
      return handedOver <= accepted;
    },
  };
}

/** Reads the headers of client frames (RFC 6455, section 5.2) and skips over their payloads. */
export class FrameHeaders {
  readonly #maxPayload: number;
  readonly #header: number[] = [];
  #messages = 0;
  /** Bytes of the current frame's mask and payload that are still to come. */
  #rest = 0;

  /** @param maxPayload  bytes */
  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload;
  }

  /** Messages whose last frame has begun, the one that is too long not counted. */
  get messages(): number {
    return this.#messages;
  }

  /** True where a frame that begins in this chunk has more than the maximum. */
  exceeds(chunk: Buffer): boolean {
    let at = 0;
    while (at < chunk.length) {
      if (this.#rest > 0) {
        const skipped = Math.min(this.#rest, chunk.length - at);
        this.#rest -= skipped;
        at += skipped;
        continue;
      }
      this.#header.push(chunk[at] as number);
      at += 1;
      const payload = this.#payloadLength();
      if (payload === undefined) continue;
      if (payload > this.#maxPayload) return true;
      const [first] = this.#header as [number];
      const isControl = (first & 0x08) !== 0;
      if (!isControl && (first & 0x80) !== 0) this.#messages += 1;
      const masked = ((this.#header[1] as number) & 0x80) !== 0;
      this.#rest = payload + (masked ? 4 : 0);
      this.#header.length = 0;
    }
    return false;
  }

  /** Undefined until the header's length field is complete. */
  #payloadLength(): number | undefined {
    const [, second] = this.#header;
    if (second === undefined) return undefined;
    const short = second & 0x7f;
    if (short < 126) return short;
    const extended = short === 126 ? 2 : 8;
    if (this.#header.length < 2 + extended) return undefined;
    return this.#header.slice(2).reduce((length, byte) => length * 256 + byte, 0);
  }
}
