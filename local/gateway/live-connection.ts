/** One open WebSocket: what goes out on it, how much of that is unsent, what is still being handled, and how it ended. */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { ConnectionFacts } from './websocket-events';

/** Close codes of RFC 6455, section 7.4.1. */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  unsupportedData: 1003,
  noStatus: 1005,
  abnormal: 1006,
  tooLarge: 1009,
} as const;

/** Messages of one connection handled at the same time; above it the socket is not read until some are done. */
const MAX_IN_FLIGHT = 100;

/** Bytes of answers that may wait for the end of the turn, to leave in one write. */
const MAX_HELD_BYTES = 65_536;

export interface Ending {
  code: number;
  reason: string;
}

/** How a connection ends that the API was told to close. */
export const CLOSED_BY_API: Ending = { code: CLOSE.normal, reason: 'Connection Closed Normally' };

export class LiveConnection {
  /** When the client last sent something, milliseconds since 1970. */
  lastActiveAt: number;
  readonly #socket: WebSocket;
  readonly #stream: Duplex;
  readonly #maxUnsentBytes: number;
  /** What is held back counts as unsent, and must not be taken for a client that does not read. */
  readonly #maxHeldBytes: number;
  #holding = false;
  #inFlight = 0;
  #closeWhenIdle: Ending | undefined;
  #ending: Ending | undefined;

  constructor(
    readonly facts: ConnectionFacts,
    socket: WebSocket,
    /** What `socket` writes to. */
    stream: Duplex,
    maxUnsentBytes: number,
  ) {
    this.#socket = socket;
    this.#stream = stream;
    this.#maxUnsentBytes = maxUnsentBytes;
    this.#maxHeldBytes = Math.min(MAX_HELD_BYTES, maxUnsentBytes);
    this.lastActiveAt = facts.connectedAt;
  }

  /** False where the connection is closed, or is cut off here: its client has let more than the bound pile up unread. */
  send(text: string): boolean {
    if (!this.isOpen) return false;
    if (this.#inFlight > 0) this.#hold();
    this.#socket.send(text);
    if (this.#holding && this.#socket.bufferedAmount > this.#maxHeldBytes) this.#release();
    if (this.#socket.bufferedAmount <= this.#maxUnsentBytes) return true;
    this.cutOff({ code: CLOSE.abnormal, reason: 'The client stopped reading' });
    return false;
  }

  /**
   * Holds back what is written until all that this turn of the event loop answers is written too: the frames of an
   * answer, and the answers to messages that came together, cost one call into the kernel, not one each.
   */
  #hold(): void {
    if (this.#holding) return;
    this.#holding = true;
    this.#stream.cork();
    queueMicrotask(() => process.nextTick(() => this.#release())); // when no promise has anything left to do
  }

  #release(): void {
    if (!this.#holding) return;
    this.#holding = false;
    this.#stream.uncork();
  }

  /** True where so much waits for the client to read it that no more should be added. */
  get isBufferFull(): boolean {
    return this.#socket.bufferedAmount > this.#maxUnsentBytes / 2;
  }

  /** As `GET @connections` shows it. */
  describe() {
    const { connectedAt, identity } = this.facts;
    return {
      connectedAt: new Date(connectedAt).toISOString(),
      identity,
      lastActiveAt: new Date(this.lastActiveAt).toISOString(),
    };
  }

  close(ending: Ending): void {
    this.#ending ??= ending;
    this.#socket.close(ending.code, ending.reason);
  }

  /** Ends without a closing handshake, for a peer that can't be expected to take part in one. */
  cutOff(ending: Ending): void {
    this.#ending ??= ending;
    this.#socket.terminate();
  }

  /** Takes no more messages, and closes as soon as those in flight are handled. */
  closeWhenIdle(ending: Ending): void {
    if (this.#inFlight === 0) this.close(ending);
    else this.#closeWhenIdle = ending;
  }

  /** Resolves when the socket is closed. */
  async closed(): Promise<void> {
    if (this.#socket.readyState !== WebSocket.CLOSED) await once(this.#socket, 'close');
  }

  /** False as soon as either side has begun to close. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** False once the connection is on its way out: what still arrives is dropped. */
  get takesMessages(): boolean {
    return this.#closeWhenIdle === undefined && this.isOpen;
  }

  messageStarts(): void {
    this.#inFlight += 1;
    if (this.#inFlight === MAX_IN_FLIGHT) this.#socket.pause();
  }

  messageEnds(): void {
    this.#inFlight -= 1;
    if (this.#inFlight === MAX_IN_FLIGHT - 1) this.#socket.resume();
    if (this.#inFlight === 0 && this.#closeWhenIdle) this.close(this.#closeWhenIdle);
  }

  /**
   * How it ended: our own reason where we closed it, else the client's.
   * @param code    as `ws` reports it
   * @param reason  as `ws` reports it
   */
  endingOf(code: number, reason: string): Ending {
    if (this.#ending) return this.#ending;
    if (code === CLOSE.noStatus) return { code, reason: 'Client-side close frame status not set' };
    return { code, reason };
  }

  /** An error of the protocol, found by `ws`, which closes with the right code but reports 1006. */
  failed(error: Error & { code?: string }): void {
    if (error.code === 'WS_ERR_UNSUPPORTED_MESSAGE_LENGTH') this.#ending ??= { code: CLOSE.tooLarge, reason: '' };
  }
}
