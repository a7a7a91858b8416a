/** Parses frame headers on a client's raw stream (RFC 6455, section 5.2): the length of each frame, and the memory of an incomplete message. */

/**
 * Overhead in bytes of a frame of an incomplete message. The view that `ws` keeps takes 128; it counts for more, because the garbage
 * collector has to visit all views, which blocks everybody.
 */
const FRAGMENT_BYTES = 512;

/** Overhead in bytes of a piece of an incomplete frame: each has its own buffer. */
const CHUNK_BYTES = 384;

const CONTROL = 0x08;
const FIN = 0x80;

export class FrameHeaders {
  readonly #maxPayload: number;
  /** Bytes of a header that continues in the next chunk. */
  #cut: number[] | undefined;
  /** Bytes of the current frame's mask and payload that are still missing. */
  #rest = 0;
  /** Of the current or the last frame. */
  #isControl = false;
  /** True from the first frame of a message to the end of its last. */
  #isInMessage = false;
  #endsMessage = false;
  #messages = 0;
  #frames = 0;
  /** Bytes of the chunks that contain the incomplete message or frame. */
  #chunkBytes = 0;
  /** Size of the last chunk, and whether it is included in the bytes above. */
  #sourceBytes = 0;
  #isSourceHeld = false;
  #fragments = 0;
  #chunks = 0;

  /** @param maxPayload  bytes */
  constructor(maxPayload: number) {
    this.#maxPayload = maxPayload;
  }

  /** Messages whose last frame has begun, except one that is too long. */
  get messages(): number {
    return this.#messages;
  }

  /** Frames that have begun, control frames included. */
  get frames(): number {
    return this.#frames;
  }

  /** Frames of the incomplete message so far. */
  get pieces(): number {
    return this.#fragments;
  }

  /** True if the last chunk is included in the held bytes. */
  get isSourceHeld(): boolean {
    return this.#isSourceHeld;
  }

  /** Memory in bytes of the incomplete message or frame. `ws` keeps views, and so whole chunks. */
  get heldBytes(): number {
    return this.#chunkBytes + this.#fragments * FRAGMENT_BYTES + this.#chunks * CHUNK_BYTES;
  }

  /** True if a frame that begins in this chunk exceeds the maximum. */
  exceeds(chunk: Buffer): boolean {
    return this.follow(chunk) < 0;
  }

  /**
   * Parses up to the end of the chunk, or until this many frames have begun in it.
   * @param isRest  of the chunk before
   * @returns the offset that it has reached; -1 if a frame exceeds the maximum
   */
  follow(chunk: Buffer, frames = Number.POSITIVE_INFINITY, isRest = false): number {
    if (!isRest) [this.#sourceBytes, this.#isSourceHeld] = [chunk.length, false];
    const last = this.#frames + frames;
    let at = 0;
    let isHeld = false;
    while (at < chunk.length) {
      if (this.#frames >= last && !this.#isInFrame) break;
      if (this.#rest > 0) {
        const skipped = Math.min(this.#rest, chunk.length - at);
        this.#rest -= skipped;
        at += skipped;
        if (!this.#isControl) isHeld = true;
        if (this.#rest === 0 && this.#endFrame()) isHeld = false;
        continue;
      }
      at = this.#readHeader(chunk, at);
      if (at < 0) return -1;
      if (this.#cut === undefined && this.#rest === 0 && this.#endFrame()) isHeld = false;
    }
    if (isHeld || this.#isInFrame) this.#hold();
    return at;
  }

  get #isInFrame(): boolean {
    return this.#rest > 0 || this.#cut !== undefined;
  }

  #hold(): void {
    if (!this.#isSourceHeld) this.#chunkBytes += this.#sourceBytes;
    this.#isSourceHeld = true;
    if (this.#isInFrame) this.#chunks += 1;
  }

  /** True if a message ends with the frame, so that none of it is held any more. */
  #endFrame(): boolean {
    this.#chunks = 0;
    if (!this.#isControl) {
      this.#isInMessage = !this.#endsMessage;
      this.#fragments = this.#isInMessage ? this.#fragments + 1 : 0;
    }
    if (!this.#isInMessage) [this.#chunkBytes, this.#isSourceHeld] = [0, false];
    return !this.#isInMessage;
  }

  /** @returns the offset of the payload, or the end of the chunk; -1 if the frame is too long */
  #readHeader(chunk: Buffer, at: number): number {
    if (this.#cut === undefined && chunk.length - at >= 10) {
      return this.#begin(chunk[at] as number, chunk[at + 1] as number, chunk, at + 2);
    }
    this.#cut ??= [];
    const cut = this.#cut;
    let next = at;
    while (next < chunk.length) {
      cut.push(chunk[next] as number);
      next += 1;
      if (cut.length < 2 + lengthBytes(cut[1] ?? 0)) continue;
      const [first, second, ...length] = cut as [number, number, ...number[]];
      this.#cut = undefined;
      return this.#begin(first, second, length, 0) < 0 ? -1 : next;
    }
    return next;
  }

  /** @param at  offset of the extended length in `bytes` */
  #begin(first: number, second: number, bytes: ArrayLike<number>, at: number): number {
    let payload = second & 0x7f;
    const extended = lengthBytes(second);
    if (extended > 0) {
      payload = 0;
      for (let index = 0; index < extended; index += 1) payload = payload * 256 + (bytes[at + index] as number);
    }
    if (payload > this.#maxPayload) return -1;
    this.#frames += 1;
    this.#isControl = (first & CONTROL) !== 0;
    if (!this.#isControl) {
      this.#endsMessage = (first & FIN) !== 0;
      if (this.#endsMessage) this.#messages += 1;
    }
    this.#rest = payload + ((second & 0x80) === 0 ? 0 : 4);
    return at + extended;
  }
}

/** Bytes of the length that follow the header's second byte. */
function lengthBytes(second: number): 0 | 2 | 8 {
  const short = second & 0x7f;
  if (short < 126) return 0;
  return short === 126 ? 2 : 8;
}
