/** Output of one WebSocket: batches writes, and counts the bytes that the client has not read. */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Bytes of answers that may be batched until the end of the turn. */
const MAX_HELD_BYTES = 65_536;

/** Overhead in bytes of an unread frame: buffers and queue entries. */
const UNREAD_FRAME_BYTES = 512;

export interface Accountant {
  account(): void;
}

export class Outgoing {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #maxHeldBytes: number;
  readonly #accountant: Accountant;
  #isHolding = false;
  /** True while the operating system accepts no more, because the client does not read. */
  #isBehind = false;
  /** Unread frames that are counted: those that were sent while others waited. */
  #unread = 0;

  /**
   * @param stream          what `socket` writes to
   * @param maxUnsentBytes  batched bytes count as unsent, and must not look like a client that does not read
   * @param accountant      called when `unsentBytes` may have changed
   */
  constructor(socket: WebSocket, stream: Duplex, maxUnsentBytes: number, accountant: Accountant) {
    this.#socket = socket;
    this.#stream = stream;
    this.#maxHeldBytes = Math.min(MAX_HELD_BYTES, maxUnsentBytes);
    this.#accountant = accountant;
  }

  /** Sends what was written to the corked stream, and what is written until then, in the next turn. */
  uncorkSoon(): void {
    this.#isHolding = true;
    setImmediate(() => this.#release());
  }

  /** Memory in bytes of the data that the client has not read. */
  get unsentBytes(): number {
    return this.#isBehind ? this.#socket.bufferedAmount + this.#unread * UNREAD_FRAME_BYTES : 0;
  }

  /**
   * @param mayWait  true if it may be batched until the end of the turn
   * @param frame    the encoded frame, if it exists already
   */
  send(text: string, mayWait: boolean, frame?: Buffer): void {
    if (mayWait) this.#hold();
    let onRead: (() => void) | undefined;
    if (this.#isBehind) {
      this.#unread += 1;
      onRead = () => this.#onRead();
    }
    // Bypasses `ws`, which has nothing queued: it neither compresses nor fragments here.
    if (frame) this.#stream.write(frame, onRead);
    else this.#socket.send(text, onRead);
    if (!this.#isHolding) this.#look();
    else if (this.#socket.bufferedAmount > this.#maxHeldBytes) this.#release();
  }

  /**
   * Batches everything that is written in this turn of the event loop: the frames of an answer, and the answers to
   * messages that arrived together, then cost one system call instead of one each.
   */
  #hold(): void {
    if (this.#isHolding) return;
    this.#isHolding = true;
    this.#stream.cork();
    queueMicrotask(() => process.nextTick(() => this.#release())); // when all pending promise callbacks have run
  }

  #release(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#stream.uncork();
    this.#look();
  }

  /** Checks whether the written data has been sent. */
  #look(): void {
    if (this.#socket.bufferedAmount > 0) this.#isBehind = true;
    else if (this.#isBehind) [this.#isBehind, this.#unread] = [false, 0];
    else return;
    this.#accountant.account();
  }

  /** Called for each counted frame that has been sent. */
  #onRead(): void {
    this.#unread = Math.max(0, this.#unread - 1);
    this.#look();
  }
}
