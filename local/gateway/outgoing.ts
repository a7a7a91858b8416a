/** What goes out on one WebSocket: in few writes, and with a count of what its client has not read. */
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';

/** Bytes of answers that may wait for the end of the turn, to leave in one write. */
const MAX_HELD_BYTES = 65_536;

/** Bytes that a frame takes beside its own while it waits to be read: buffers, and their places in a queue. */
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
  /** True while the operating system takes no more, because the client does not read. */
  #isBehind = false;
  /** Frames that wait for the client to read, as far as they are counted: those that were sent while others waited. */
  #unread = 0;

  /**
   * @param stream          what `socket` writes to
   * @param maxUnsentBytes  what is held back counts as unsent, and must not be taken for a client that does not read
   * @param accountant      told when `unsentBytes` may be another
   */
  constructor(socket: WebSocket, stream: Duplex, maxUnsentBytes: number, accountant: Accountant) {
    this.#socket = socket;
    this.#stream = stream;
    this.#maxHeldBytes = Math.min(MAX_HELD_BYTES, maxUnsentBytes);
    this.#accountant = accountant;
  }

  /** Bytes of memory that what the client has not read takes. */
  get unsentBytes(): number {
    return this.#isBehind ? this.#socket.bufferedAmount + this.#unread * UNREAD_FRAME_BYTES : 0;
  }

  /**
   * @param mayWait  for the end of the turn
   * @param frame    of the text, where it is made already
   */
  send(text: string, mayWait: boolean, frame?: Buffer): void {
    if (mayWait) this.#hold();
    let onRead: (() => void) | undefined;
    if (this.#isBehind) {
      this.#unread += 1;
      onRead = () => this.#onRead();
    }
    // Past `ws`, which has nothing waiting: it neither compresses here nor sends in fragments.
    if (frame) this.#stream.write(frame, onRead);
    else this.#socket.send(text, onRead);
    if (!this.#isHolding) this.#look();
    else if (this.#socket.bufferedAmount > this.#maxHeldBytes) this.#release();
  }

  /**
   * Holds back what is written until all that this turn of the event loop answers is written too: the frames of an
   * answer, and the answers to messages that came together, cost one call into the kernel, not one each.
   */
  #hold(): void {
    if (this.#isHolding) return;
    this.#isHolding = true;
    this.#stream.cork();
    queueMicrotask(() => process.nextTick(() => this.#release())); // when no promise has anything left to do
  }

  #release(): void {
    if (!this.#isHolding) return;
    this.#isHolding = false;
    this.#stream.uncork();
    this.#look();
  }

  /** Sees whether what was written has left. */
  #look(): void {
    if (this.#socket.bufferedAmount > 0) this.#isBehind = true;
    else if (this.#isBehind) [this.#isBehind, this.#unread] = [false, 0];
    else return;
    this.#accountant.account();
  }

  /** Called for each counted frame that has left. */
  #onRead(): void {
    this.#unread = Math.max(0, this.#unread - 1);
    this.#look();
  }
}
