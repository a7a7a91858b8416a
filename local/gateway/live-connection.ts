/** One open WebSocket: what goes out on it, what is held for it, what is still being handled, and how it ended. */
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import type { GatewayClock } from './clock';
import { Lane, type Sender } from './fair-share';
import type { FrameHeaders } from './frame-headers';
import type { HeldBytes, Holder } from './held-bytes';
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

/** Bytes that a frame takes beside its own while it waits to be read: buffers, and their places in a queue. */
const UNREAD_FRAME_BYTES = 512;

export interface Ending {
  code: number;
  reason: string;
}

/** How a connection ends that the API was told to close. */
export const CLOSED_BY_API: Ending = { code: CLOSE.normal, reason: 'Connection Closed Normally' };

/** What `ws` tells too late: the code of a close frame is known before TCP has closed, and that of its own limits not at all. */
export class GatewayWebSocket extends WebSocket {
  /** Of the first close frame, the client's or ours. */
  firstClose: Ending | undefined;

  /** `ws` calls this too: when a close frame arrives, and for an error of the protocol. */
  override close(code?: number, data?: string | Buffer): void {
    if (this.readyState === WebSocket.OPEN) {
      this.firstClose = { code: code ?? CLOSE.noStatus, reason: data?.toString() ?? '' };
    }
    super.close(code, data);
  }
}

export interface ConnectionContext {
  /** Of all connections of the process. */
  held: HeldBytes;
  clock: GatewayClock;
  /** Bytes that may wait for one client to read them. */
  maxUnsentBytes: number;
  /** Told when the messages in flight are fewer than the most again. */
  freed(connection: LiveConnection): void;
  /** Told when it is cut off because too much is held in all. */
  onCutOff(connection: LiveConnection): void;
}

export class LiveConnection implements Sender, Holder {
  readonly lane = new Lane();
  readonly #context: ConnectionContext;
  readonly #socket: GatewayWebSocket;
  readonly #stream: Duplex;
  readonly #frames: FrameHeaders;
  /** By the monotonic clock. */
  readonly #openedAt: number;
  #activeAt: number;
  /** What is held back counts as unsent, and must not be taken for a client that does not read. */
  #holding = false;
  /** Frames that wait for the client to read, as far as they are counted: those that were sent while others waited. */
  #unread = 0;
  /** True while the operating system takes no more, because the client does not read. */
  #isBehind = false;
  /** As it was told to `held`. */
  #heldBytes = 0;
  #inFlight = 0;
  #closeWhenIdle: Ending | undefined;
  #ending: Ending | undefined;
  #hasEnded = false;
  /** By the monotonic clock; TCP may stay open longer. */
  #endedAt = Number.POSITIVE_INFINITY;
  /** Made when somebody watches: an array for each of 10,000 connections would be memory for nothing. */
  #watchers: Set<() => void> | undefined;
  #whenDrained: (() => void) | undefined;

  /** @param stream  what `socket` writes to */
  constructor(
    readonly facts: ConnectionFacts,
    socket: GatewayWebSocket,
    stream: Duplex,
    frames: FrameHeaders,
    context: ConnectionContext,
  ) {
    this.#socket = socket;
    this.#stream = stream;
    this.#frames = frames;
    this.#context = context;
    this.#openedAt = context.clock.monotonic();
    this.#activeAt = this.#openedAt;
  }

  /** False where the connection is closed, or is cut off here: its client has let more than the bound pile up unread. */
  send(text: string): boolean {
    if (!this.isOpen) return false;
    if (this.#inFlight > 0) this.#hold();
    if (this.#isBehind) {
      this.#unread += 1;
      this.#socket.send(text, this.#onRead);
    } else {
      this.#socket.send(text);
    }
    const { maxUnsentBytes } = this.#context;
    if (this.#holding) {
      if (this.#socket.bufferedAmount <= Math.min(MAX_HELD_BYTES, maxUnsentBytes)) return true;
      this.#release();
    } else {
      this.#look();
    }
    if (this.#unsentBytes <= maxUnsentBytes) return true;
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
    this.#look();
  }

  /** Sees whether what was written has left. */
  #look(): void {
    if (this.#socket.bufferedAmount > 0) this.#isBehind = true;
    else if (this.#isBehind) [this.#isBehind, this.#unread] = [false, 0];
    else return;
    this.account();
  }

  /** Called for each counted frame that has left. */
  readonly #onRead = (): void => {
    this.#unread = Math.max(0, this.#unread - 1);
    this.#look();
  };

  get #unsentBytes(): number {
    return this.#isBehind ? this.#socket.bufferedAmount + this.#unread * UNREAD_FRAME_BYTES : 0;
  }

  /** Tells what is held for this client by now: answers that it does not read, and what has come of it that is not handled. */
  account(): void {
    const unhandled = this.#frames.heldBytes + this.lane.heldBytes;
    const unread = this.lane.isPaused ? this.#stream.readableLength : 0;
    const bytes = this.#stream.destroyed ? 0 : unhandled + unread + this.#unsentBytes;
    const more = bytes - this.#heldBytes;
    this.#heldBytes = bytes;
    if (more > 0) this.#context.held.add(this, more);
    else if (more < 0) this.#context.held.remove(this, -more);
  }

  recount(): void {
    this.account();
  }

  /** Cut off because this process holds too much in all, and for this client the most. */
  destroy(): void {
    this.#heldBytes = 0;
    this.cutOff({ code: CLOSE.abnormal, reason: 'Too much was held for the client' });
    this.#context.onCutOff(this);
  }

  /** True where so much waits for the client to read it that no more should be added. */
  get isBufferFull(): boolean {
    return this.#unsentBytes > this.#context.maxUnsentBytes / 2;
  }

  /** As `GET @connections` shows it. */
  describe() {
    const { connectedAt, identity } = this.facts;
    const { now, monotonic } = this.#context.clock;
    return {
      connectedAt: new Date(connectedAt).toISOString(),
      identity,
      lastActiveAt: new Date(now() - Math.round(monotonic() - this.#activeAt)).toISOString(),
    };
  }

  /** The client has sent a message. */
  isActive(): void {
    this.#activeAt = this.#context.clock.monotonic();
  }

  idleMilliseconds(): number {
    return this.#context.clock.monotonic() - this.#activeAt;
  }

  ageMilliseconds(): number {
    return this.#context.clock.monotonic() - this.#openedAt;
  }

  close(ending: Ending): void {
    this.#decide(ending);
    this.#socket.close(ending.code, ending.reason);
  }

  /** Ends without a closing handshake, for a peer that can't be expected to take part in one. */
  cutOff(ending: Ending): void {
    this.#decide(ending);
    this.#socket.terminate();
  }

  /** The first reason counts, the client's own included. */
  #decide(ending: Ending): void {
    if (!this.#socket.firstClose) this.#ending ??= ending;
  }

  /** Takes no more messages, and closes as soon as those in flight are handled. */
  closeWhenIdle(ending: Ending): void {
    if (this.#inFlight === 0) this.close(ending);
    else this.#closeWhenIdle = ending;
  }

  /** Resolves when the connection has ended. */
  ended(): Promise<void> {
    return this.#hasEnded ? Promise.resolve() : new Promise((resolve) => this.onClose(resolve));
  }

  /** Calls back once when the connection ends. @returns stops watching */
  onClose(callback: () => void): () => void {
    this.#watchers ??= new Set();
    this.#watchers.add(callback);
    return () => this.#watchers?.delete(callback);
  }

  /**
   * To be called when it may have ended: when both close frames are out, and when TCP is closed.
   * @param last  as `ws` reports it, where it is closed
   * @returns how it ended, the first time; undefined where it goes on, or has been told already
   */
  end(last?: Ending): Ending | undefined {
    const { firstClose } = this.#socket;
    const ending = this.#ending ?? firstClose ?? last;
    if (this.#hasEnded || !ending) return undefined;
    this.#hasEnded = true;
    this.#endedAt = this.#context.clock.monotonic();
    for (const callback of this.#watchers ?? []) callback();
    this.#watchers = undefined;
    const isBare = ending.code === CLOSE.noStatus && ending !== this.#ending;
    return isBare ? { code: CLOSE.noStatus, reason: 'Client-side close frame status not set' } : ending;
  }

  /** Ends TCP where its client has had its time to do so: it has been told that nothing comes any more. */
  endTcp(graceMilliseconds: number): void {
    if (this.#context.clock.monotonic() - this.#endedAt >= graceMilliseconds) this.#stream.destroy();
  }

  /** False as soon as either side has begun to close. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** False once the server has begun to close the connection: what still arrives is dropped. */
  get takesMessages(): boolean {
    return this.#closeWhenIdle === undefined && this.#ending === undefined;
  }

  get isBusy(): boolean {
    return this.#inFlight >= MAX_IN_FLIGHT;
  }

  messageStarts(): void {
    this.#inFlight += 1;
  }

  messageEnds(): void {
    this.#inFlight -= 1;
    if (this.#inFlight === MAX_IN_FLIGHT - 1) this.#context.freed(this);
    if (this.#inFlight === 0 && this.#closeWhenIdle) this.close(this.#closeWhenIdle);
  }

  pause(): void {
    this.#socket.pause();
    this.account();
  }

  resume(): void {
    this.#socket.resume();
    this.account();
  }

  drained(): void {
    this.account();
    this.#whenDrained?.();
    this.#whenDrained = undefined;
  }

  /** Calls back when no message waits to be handled. */
  whenDrained(callback: () => void): void {
    if (this.lane.queue === undefined) callback();
    else this.#whenDrained = callback;
  }
}
