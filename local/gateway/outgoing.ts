/** Output of one WebSocket: batches writes, and counts the bytes that the client has not read. */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import { framesOf, type Part } from './shared-frame';

/** Bytes of answers that may be batched until the end of the turn. */
const MAX_HELD_BYTES = 65_536;

/** Overhead in bytes of an unread frame: buffers and queue entries. */
const UNREAD_FRAME_BYTES = 512;

export interface Accountant {
  account(): void;
}

/** Those that hold frames. */
let holding: Outgoing[] = [];

function releaseAll(): void {
  const all = holding;
  holding = [];
  for (const outgoing of all) outgoing.release();
}

const inNextTick = () => process.nextTick(releaseAll);

export class Outgoing {
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #maxHeldBytes: number;
  readonly #accountant: Accountant;
  /** Texts and encoded frames that are sent in one write, and their length. */
  #held: Part[] | undefined;
  #heldLength = 0;
  #isCorked = false;
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
    this.#isCorked = true;
    setImmediate(() => {
      this.#isCorked = false;
      this.#stream.uncork();
      this.#look();
    });
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
    const part = frame ?? text;
    if (this.#held || (mayWait && !this.#isBehind)) this.#hold(part);
    else this.#write([part]);
  }

  /**
   * Batches everything that is sent in this turn of the event loop: the frames of an answer, and the answers to messages that arrived
   * together, then cost one system call instead of one each.
   */
  #hold(part: Part): void {
    if (this.#held) this.#held.push(part);
    else {
      this.#held = [part];
      if (holding.push(this) === 1) queueMicrotask(inNextTick); // when all pending promise callbacks have run
    }
    this.#heldLength += part.length;
    if (this.#heldLength > this.#maxHeldBytes) this.release();
  }

  /** Sends what is held. */
  release(): void {
    const held = this.#held;
    if (!held) return;
    this.#held = undefined;
    this.#heldLength = 0;
    if (!this.#stream.destroyed) this.#write(held);
  }

  /** Bypasses `ws`, which has nothing queued: it neither compresses nor fragments here. */
  #write(parts: readonly Part[]): void {
    let onRead: (() => void) | undefined;
    if (this.#isBehind) {
      this.#unread += parts.length;
      onRead = () => this.#onRead(parts.length);
    }
    this.#stream.write(framesOf(parts), 'latin1', onRead);
    this.#look();
  }

  /** Checks whether the written data has been sent. */
  #look(): void {
    if (this.#isCorked) return;
    if (this.#socket.bufferedAmount > 0) this.#isBehind = true;
    else if (this.#isBehind) [this.#isBehind, this.#unread] = [false, 0];
    else return;
    this.#accountant.account();
  }

  /** Called when counted frames have been sent. */
  #onRead(frames: number): void {
    this.#unread = Math.max(0, this.#unread - frames);
    this.#look();
  }
}
