/** One open WebSocket: what goes out on it, how much of that is unsent, what is still being handled, and how it ended. */
import { once } from 'node:events';
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
  readonly #maxUnsentBytes: number;
  #inFlight = 0;
  #closeWhenIdle: Ending | undefined;
  #ending: Ending | undefined;

  constructor(
    readonly facts: ConnectionFacts,
    socket: WebSocket,
    maxUnsentBytes: number,
  ) {
    this.#socket = socket;
    this.#maxUnsentBytes = maxUnsentBytes;
    this.lastActiveAt = facts.connectedAt;
  }

  /** False where the connection is closed, or is cut off here: its client has let more than the bound pile up unread. */
  send(text: string): boolean {
    if (!this.isOpen) return false;
    this.#socket.send(text);
    if (this.#socket.bufferedAmount <= this.#maxUnsentBytes) return true;
    this.cutOff({ code: CLOSE.abnormal, reason: 'The client stopped reading' });
    return false;
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
