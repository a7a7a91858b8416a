/** What one client sends, on its way to `ws`: handed over in portions of so many frames, so that a chunk of thousands does not hold up the others. */
import type { Duplex } from 'node:stream';
import type { FrameHeaders } from './frame-headers';
import type { GatewayWebSocket } from './gateway-web-socket';

/** Frames of one message that an honest client may well send, and above which it is slowed. */
const MANY_PIECES = 64;

type DataListener = (chunk: Buffer) => void;

export class Inbound {
  readonly #socket: GatewayWebSocket;
  readonly #stream: Duplex;
  readonly #frames: FrameHeaders;
  readonly #parse: DataListener;
  readonly #conclude: () => void;
  /** Messages that `ws` has given back. */
  #messages = 0;
  #isExceeded = false;

  /** @param stream  what `socket` reads from; it gets nothing of it any more but what is taken here */
  constructor(socket: GatewayWebSocket, stream: Duplex, frames: FrameHeaders) {
    this.#socket = socket;
    this.#stream = stream;
    this.#frames = frames;
    this.#parse = stream.listeners('data')[0] as DataListener;
    this.#conclude = stream.listeners('end').at(-1) as () => void;
    stream.off('data', this.#parse);
    stream.off('end', this.#conclude);
  }

  get heldBytes(): number {
    return this.#frames.heldBytes;
  }

  /** True if what is left of the chunk that was taken last is held anyway, with what was taken of it. */
  get isRestHeld(): boolean {
    return this.#frames.isSourceHeld;
  }

  /** True while what comes costs work and comes to nothing. */
  get isSlowed(): boolean {
    return this.isDeaf || this.#frames.pieces > MANY_PIECES;
  }

  /** True once what comes is dropped. */
  get isDeaf(): boolean {
    return this.#socket.isDeaf || this.#stream.destroyed;
  }

  /** True once a frame was too long. */
  get isExceeded(): boolean {
    return this.#isExceeded;
  }

  /**
   * Hands over a chunk, or as much of it as has so many frames.
   * @param isRest  of the chunk before
   * @returns where in it the rest begins
   */
  take(chunk: Buffer, frames: number, isRest: boolean): number {
    if (this.isDeaf) return chunk.length;
    // Before `ws` sees it, so that no part of a frame that is too long gets anywhere. What came whole before it is still taken.
    let end = this.#isExceeded ? chunk.length : this.#frames.follow(chunk, frames, isRest);
    if (end < 0) {
      this.#isExceeded = true;
      end = chunk.length;
    }
    this.#parse.call(this.#stream, end === chunk.length ? chunk : chunk.subarray(0, end));
    return end;
  }

  /** To be called when the client has ended its side and all of it was taken: `ws` takes nothing after that. */
  conclude(): void {
    if (!this.#stream.destroyed) this.#conclude.call(this.#stream); // `ws` has let go of a socket that is closed
  }

  /** Frames so far that were no end of a message: pings, pieces, and what else there is. */
  get otherFrames(): number {
    return this.#frames.frames - this.#frames.messages;
  }

  /** To be asked once for each message that `ws` gives back: false if it came after a frame that was too long. */
  isWanted(): boolean {
    this.#messages += 1;
    return !this.#isExceeded || this.#messages <= this.#frames.messages;
  }
}
