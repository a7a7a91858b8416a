/** One open WebSocket: what is held for its client, what is still being handled, and how it ended. */
import type { Duplex } from 'node:stream';
import { WebSocket } from 'ws';
import { networkOf } from './admission';
import type { GatewayClock } from './clock';
import { CLOSE, type Ending, type GatewayWebSocket } from './gateway-web-socket';
import type { HeldBytes, Holder } from './held-bytes';
import type { Inbound } from './inbound';
import { Lane, type Sender } from './lane';
import { Outgoing } from './outgoing';
import type { ConnectionFacts } from './websocket-events';

/** Messages of one connection handled at the same time; above it the socket is not read until some are done. */
const MAX_IN_FLIGHT = 100;

/** Bytes of waiting messages that are not worth telling by themselves. */
const WAITING_STEP = 16_384;

/** Bytes whose reading and dropping costs as much as a frame. */
const DROPPED_BYTES = 1_024;

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
  /** Told when it is cut off for what it costs: too much is held in all, or its client has stopped reading. */
  onMisuse(connection: LiveConnection): void;
}

export class LiveConnection implements Sender, Holder {
  readonly lane = new Lane();
  readonly origin: string;
  readonly #context: ConnectionContext;
  readonly #socket: GatewayWebSocket;
  readonly #stream: Duplex;
  readonly #inbound: Inbound;
  readonly #outgoing: Outgoing;
  /** By the monotonic clock. */
  readonly #openedAt: number;
  #activeAt: number;
  /** As it was told to `held`; and what of it waited for its turn. */
  #heldBytes = 0;
  #waitingBytes = 0;
  #inFlight = 0;
  #closeWhenIdle: Ending | undefined;
  #farewell: string | undefined;
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
    inbound: Inbound,
    context: ConnectionContext,
  ) {
    this.origin = networkOf(facts.identity.sourceIp);
    this.#socket = socket;
    this.#stream = stream;
    this.#inbound = inbound;
    this.#context = context;
    this.#outgoing = new Outgoing(socket, stream, context.maxUnsentBytes, this);
    this.#openedAt = context.clock.monotonic();
    this.#activeAt = this.#openedAt;
  }

  /**
   * False where the connection is closed, or is cut off here: its client has let more than the bound pile up unread.
   * @param frame  of the text, where it is made already
   */
  send(text: string, frame?: Buffer): boolean {
    if (!this.isOpen) return false;
    this.#outgoing.send(text, this.#inFlight > 0, frame);
    if (this.#outgoing.unsentBytes <= this.#context.maxUnsentBytes) return true;
    this.cutOff({ code: CLOSE.abnormal, reason: 'The client stopped reading' });
    this.#context.onMisuse(this);
    return false;
  }

  /** Tells what is held for this client by now: answers that it does not read, and what has come of it that is not handled. */
  account(): void {
    this.#waitingBytes = this.lane.heldBytes;
    const unhandled = this.#inbound.heldBytes + this.#waitingBytes + this.#restBytes();
    const unread = this.lane.isPaused ? this.#stream.readableLength : 0;
    const bytes = this.#stream.destroyed ? 0 : unhandled + unread + this.#outgoing.unsentBytes;
    const more = bytes - this.#heldBytes;
    this.#heldBytes = bytes;
    if (more > 0) this.#context.held.add(this, more);
    else if (more < 0) this.#context.held.remove(this, -more);
  }

  /** Bytes of memory that the rest of a chunk takes: all of the chunk, unless that is held anyway. */
  #restBytes(): number {
    const { rest, isRestBegun } = this.lane;
    return rest === undefined || (isRestBegun && this.#inbound.isRestHeld) ? 0 : rest.buffer.byteLength;
  }

  /** A message may have begun to wait: tells of it, when they are some. */
  accountWaiting(): void {
    if (this.lane.heldBytes - this.#waitingBytes >= WAITING_STEP) this.account();
  }

  recount(): void {
    this.account();
  }

  /** Cut off because this process holds too much in all, and for this client the most. */
  destroy(): void {
    this.#heldBytes = 0;
    this.cutOff({ code: CLOSE.abnormal, reason: 'Too much was held for the client' });
    this.#context.onCutOff(this);
    this.#context.onMisuse(this);
  }

  /** True where so much waits for the client to read it that no more should be added. */
  get isBufferFull(): boolean {
    return this.#outgoing.unsentBytes > this.#context.maxUnsentBytes / 2;
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

  /** The client has sent a message. @param at  by the monotonic clock */
  isActive(at: number): void {
    this.#activeAt = at;
  }

  idleMilliseconds(): number {
    return this.#context.clock.monotonic() - this.#activeAt;
  }

  ageMilliseconds(): number {
    return this.#context.clock.monotonic() - this.#openedAt;
  }

  close(ending: Ending): void {
    this.#decide(ending);
    this.#socket.end(ending);
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

  /**
   * Takes no more messages, and closes as soon as those in flight are handled.
   * @param farewell  the last message to the client
   */
  closeWhenIdle(ending: Ending, farewell?: string): void {
    this.#closeWhenIdle = ending;
    this.#farewell = farewell;
    if (this.#inFlight === 0) this.#sayFarewell(ending);
  }

  #sayFarewell(ending: Ending): void {
    if (this.#farewell !== undefined) this.send(this.#farewell);
    this.close(ending);
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
    if (this.#inFlight === 0 && this.#closeWhenIdle) this.#sayFarewell(this.#closeWhenIdle);
  }

  get isSlowed(): boolean {
    return this.#inbound.isSlowed;
  }

  get isDeaf(): boolean {
    return this.#inbound.isDeaf;
  }

  take(chunk: Buffer, frames: number, isRest: boolean): number {
    if (this.#inbound.isDeaf) return this.#drop(chunk);
    const [held, others] = [this.#inbound.heldBytes, this.#inbound.otherFrames];
    const end = this.#inbound.take(chunk, frames, isRest);
    this.lane.rest = end < chunk.length ? chunk.subarray(end) : undefined;
    this.lane.isRestBegun = true;
    if (this.lane.rest || this.#inbound.heldBytes !== held) this.account();
    if (this.#inbound.isExceeded) this.close({ code: CLOSE.tooLarge, reason: '' });
    return this.#inbound.otherFrames - others;
  }

  /** `ws` reads on after an error, as fast as it comes, whether the lane is paused or not. */
  #drop(chunk: Buffer): number {
    this.lane.rest = undefined;
    if (this.lane.isPaused) this.pause();
    else this.account();
    return Math.ceil(chunk.length / DROPPED_BYTES);
  }

  /** To be asked once for each message that `ws` gives back: false if it came after a frame that was too long. */
  isWanted(): boolean {
    return this.#inbound.isWanted();
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
