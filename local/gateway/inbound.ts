/** Passes a client's data to `ws` in portions, counted in frames, so that a chunk with thousands of frames does not delay other clients. */
import type { Duplex } from 'node:stream';
import type { FrameHeaders } from './frame-headers';
import type { GatewayWebSocket } from './gateway-web-socket';

/** Fragments of one message that a normal client may send. A client that sends more is slowed. */
const MANY_PIECES = 64;

type DataListener = (chunk: Buffer) => void;

export class Inbound {
  readonly #socket: GatewayWebSocket;
  readonly #stream: Duplex;
  readonly #frames: FrameHeaders;
  readonly #parse: DataListener;
  readonly #conclude: () => void;
  /** Messages that `ws` has emitted. */
  #messages = 0;
  #isExceeded = false;

  /** @param stream  the stream that `socket` reads; from now on `socket` gets only what `take` passes on */
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

  /** True if the last chunk, including its rest, is already counted in `heldBytes`. */
  get isRestHeld(): boolean {
    return this.#frames.isSourceHeld;
  }

  /** True while the client's data costs work without effect. */
  get isSlowed(): boolean {
    return this.isDeaf || this.#frames.pieces > MANY_PIECES;
  }

  /** True once the client's data is dropped. */
  get isDeaf(): boolean {
    return this.#socket.isDeaf || this.#stream.destroyed;
  }

  /** True once a frame was too long. */
  get isExceeded(): boolean {
    return this.#isExceeded;
  }

  /**
   * Passes on a chunk, or only the part with its first `frames` frames.
   * @param isRest  true for the rest of the previous chunk
   * @returns the index at which the rest begins
   */
  take(chunk: Buffer, frames: number, isRest: boolean): number {
    if (this.isDeaf) return chunk.length;
    // Checked before `ws` sees it, so that no part of a frame that is too long is handled. Complete messages before it still are.
    let end = this.#isExceeded ? chunk.length : this.#frames.follow(chunk, frames, isRest);
    if (end < 0) {
      this.#isExceeded = true;
      end = chunk.length;
    }
    this.#parse.call(this.#stream, end === chunk.length ? chunk : chunk.subarray(0, end));
    return end;
  }

  /** Call it when the client has ended its side and all its data was taken: `ws` takes nothing after that. */
  conclude(): void {
    if (!this.#stream.destroyed) this.#conclude.call(this.#stream); // not if it is closed: then `ws` has detached
  }

  /** Frames so far that did not end a message: pings, fragments and so on. */
  get otherFrames(): number {
    return this.#frames.frames - this.#frames.messages;
  }

  /** Call it once for each message that `ws` emits: false if the message came after a frame that was too long. */
  isWanted(): boolean {
    this.#messages += 1;
    return !this.#isExceeded || this.#messages <= this.#frames.messages;
  }
}
