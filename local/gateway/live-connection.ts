/** One open WebSocket: its buffered data, its messages in flight, and how it ended. */
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

/** Messages in flight per connection; at this limit the socket is not read until some are done. */
const MAX_IN_FLIGHT = 100;

/** Waiting bytes up to this are not reported separately. */
const WAITING_STEP = 16_384;

/** Bytes that cost as much to read and drop as one frame. */
const DROPPED_BYTES = 1_024;

export interface ConnectionContext {
  /** Shared by all connections of the process. */
  held: HeldBytes;
  clock: GatewayClock;
  /** Maximum of unread bytes for one client. */
  maxUnsentBytes: number;
  /** Called when the messages in flight fall below their maximum again. */
  freed(connection: LiveConnection): void;
  /** Called when it is cut off because too much is held in total. */
  onCutOff(connection: LiveConnection): void;
  /** Called when it is cut off because of its cost: too much is held in total, or its client has stopped reading. */
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
  /** Bytes last reported to `held`, and how many of them were waiting messages. */
  #heldBytes = 0;
  #waitingBytes = 0;
  #inFlight = 0;
  #closeWhenIdle: Ending | undefined;
  #farewell: string | undefined;
  #ending: Ending | undefined;
  #hasEnded = false;
  /** True from when the client ends its side until `ws` is told. */
  #isInputOver = false;
  /** By the monotonic clock; TCP may stay open longer. */
  #endedAt = Number.POSITIVE_INFINITY;
  /** Created lazily: an array for each of 10,000 connections would waste memory. */
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
    socket.outgoing = this.#outgoing;
    this.#openedAt = context.clock.monotonic();
    this.#activeAt = this.#openedAt;
  }

  /** Call it once if the stream was corked for the handshake: its answer, and a greeting that comes by then, leave in the next turn. */
  uncorkSoon(): void {
    this.#outgoing.uncorkSoon();
  }

  /**
   * False if the connection is closed, or is cut off now because its client has left more than the limit unread.
   * @param frame  the encoded frame, if it exists already
   */
  send(text: string, frame?: Buffer): boolean {
    if (!this.isOpen) return false;
    this.#outgoing.send(text, this.#inFlight > 0, frame);
    if (this.#outgoing.unsentBytes <= this.#context.maxUnsentBytes) return true;
    this.cutOff({ code: CLOSE.abnormal, reason: 'The client stopped reading' });
    this.#context.onMisuse(this);
    return false;
  }

  /** Reports the bytes held for this client: unread answers, and received data that is not handled yet. */
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

  /** Memory in bytes of the rest of a chunk: the whole chunk, unless it is counted already. */
  #restBytes(): number {
    const { rest, isRestBegun } = this.lane;
    return rest === undefined || (isRestBegun && this.#inbound.isRestHeld) ? 0 : rest.buffer.byteLength;
  }

  /** Called when a message may have started to wait; reports once enough are waiting. */
  accountWaiting(): void {
    if (this.lane.heldBytes - this.#waitingBytes >= WAITING_STEP) this.account();
  }

  recount(): void {
    this.account();
  }

  /** Cuts the connection off because this process holds too much in total, and most of it for this client. */
  destroy(): void {
    this.#heldBytes = 0;
    this.cutOff({ code: CLOSE.abnormal, reason: 'Too much was held for the client' });
    this.#context.onCutOff(this);
    this.#context.onMisuse(this);
  }

  /** True if so much is unread that no more should be added. */
  get isBufferFull(): boolean {
    return this.#outgoing.unsentBytes > this.#context.maxUnsentBytes / 2;
  }

  /** The answer of `GET @connections`. */
  describe() {
    const { connectedAt, identity } = this.facts;
    const { now, monotonic } = this.#context.clock;
    return {
      connectedAt: new Date(connectedAt).toISOString(),
      identity,
      lastActiveAt: new Date(now() - Math.round(monotonic() - this.#activeAt)).toISOString(),
    };
  }

  /** Records that the client has sent a message. @param at  by the monotonic clock */
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

  /** Ends without a closing handshake, for a peer that is not expected to take part in one. */
  cutOff(ending: Ending): void {
    this.#decide(ending);
    this.#socket.terminate();
  }

  /** The first reason counts, even if it is the client's. */
  #decide(ending: Ending): void {
    if (!this.#socket.firstClose) this.#ending ??= ending;
  }

  /**
   * Accepts no more messages, and closes once those in flight are handled.
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
   * Call it when the connection may have ended: when both close frames are sent, and when TCP is closed.
   * @param last  as `ws` reports it, if TCP is closed
   * @returns how it ended, but only once; undefined while it is open, or if this was returned before
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

  /** Closes TCP if the client has not done so in time after the closing handshake. */
  endTcp(graceMilliseconds: number): void {
    if (this.#context.clock.monotonic() - this.#endedAt >= graceMilliseconds) this.#stream.destroy();
  }

  /** False as soon as either side has begun to close. */
  get isOpen(): boolean {
    return this.#socket.readyState === WebSocket.OPEN;
  }

  /** False once the server has begun to close the connection; later data is dropped. */
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

  /** Call it when the client has ended its side. Data that still waits is parsed first. */
  inputEnds(): void {
    this.#isInputOver = true;
    this.#conclude();
  }

  #conclude(): void {
    if (!this.#isInputOver || this.lane.rest) return;
    this.#isInputOver = false;
    this.#inbound.conclude();
  }

  take(chunk: Buffer, frames: number, isRest: boolean): number {
    const cost = this.#inbound.isDeaf ? this.#drop(chunk) : this.#parse(chunk, frames, isRest);
    this.#conclude();
    return cost;
  }

  #parse(chunk: Buffer, frames: number, isRest: boolean): number {
    const [held, others] = [this.#inbound.heldBytes, this.#inbound.otherFrames];
    const end = this.#inbound.take(chunk, frames, isRest);
    this.lane.rest = end < chunk.length ? chunk.subarray(end) : undefined;
    this.lane.isRestBegun = true;
    if (this.lane.rest || this.#inbound.heldBytes !== held) this.account();
    if (this.#inbound.isExceeded) this.close({ code: CLOSE.tooLarge, reason: '' });
    return this.#inbound.otherFrames - others;
  }

  /** After an error `ws` keeps reading at full speed, even if the lane is paused. */
  #drop(chunk: Buffer): number {
    this.lane.rest = undefined;
    if (this.lane.isPaused) this.pause();
    else this.account();
    return Math.ceil(chunk.length / DROPPED_BYTES);
  }

  /** Call it once for each message from `ws`: false if the message came after a frame that was too long. */
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

  /** Calls back when no message is waiting. */
  whenDrained(callback: () => void): void {
    if (this.lane.queue === undefined) callback();
    else this.#whenDrained = callback;
  }
}
