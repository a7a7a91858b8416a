/** Asks for missed frames: after a reconnect, and when a hole stays open (R19, R21, R26 to R31). */
import type { Inbox } from './inbox';
import { doubled, Timer } from './timers';
import type { Clock, Frame, Position, RecoveryResult, Timers } from './types';
import { type Greeting, textOf, wholeOf } from './wire';

export interface RecoveryDependencies {
  inbox: Inbox;
  clock: Clock;
  timers: Timers;
  newId(): string;
  send(messageId: string, position: Position): void;
  /** No answer came: the socket is dead. */
  dead(): void;
  done(result: RecoveryResult): void;
}

/** Codes of an `error` that a retry cannot fix. */
const FINAL = ['unsupported_type', 'invalid_message'];

export class Recovery {
  /** Id of the `resume` that is under way. */
  #messageId: string | undefined;
  #result: RecoveryResult | undefined;
  #tries = 0;
  /** For the answer, or for the next attempt. */
  readonly #timer: Timer;
  readonly #holeTimer: Timer;
  #holeAt = 0;
  readonly #dependencies: RecoveryDependencies;

  constructor(dependencies: RecoveryDependencies) {
    this.#dependencies = dependencies;
    this.#timer = new Timer(dependencies.clock);
    this.#holeTimer = new Timer(dependencies.clock);
  }

  start(): void {
    if (this.#result) return;
    this.#holeTimer.clear();
    this.#result = { recovered: true, count: 0 };
    this.#tries = 0;
    this.#ask();
  }

  stop(): void {
    this.#result = undefined;
    this.#messageId = undefined;
    this.#timer.clear();
    this.#holeTimer.clear();
  }

  /** Waits for a hole to close, restarting for each new one. */
  checkHole(): void {
    const { inbox, timers } = this.#dependencies;
    if (this.#result) return;
    const holeAt = (inbox.position?.seq ?? 0) + 1;
    if (inbox.hasHole && this.#holeTimer.isSet && holeAt === this.#holeAt) return;
    this.#holeTimer.clear();
    if (!inbox.hasHole) return;
    this.#holeAt = holeAt;
    this.#holeTimer.set(timers.holeMs, () => this.start());
  }

  /** @returns true if the frame answers the resume that is under way */
  answer(frame: Frame, greeting: Greeting): boolean {
    if (frame.replyTo === undefined || frame.replyTo !== this.#messageId) return false;
    if (frame.type !== 'resumed' && frame.type !== 'error') return false;
    this.#messageId = undefined;
    this.#timer.clear();
    if (frame.type === 'resumed') this.#apply(frame.data);
    else this.#refused(frame.data, greeting);
    return true;
  }

  #ask(): void {
    const { inbox, newId, timers, send, dead } = this.#dependencies;
    this.#messageId = newId();
    this.#timer.set(timers.resumeMs, dead);
    send(this.#messageId, inbox.position as Position);
  }

  #apply(data: Record<string, unknown>): void {
    const { inbox, timers } = this.#dependencies;
    const result = this.#result as RecoveryResult;
    const before = { ...inbox.position };
    result.count += inbox.apply(data);
    if (this.#result !== result) return; // a handler closed the client
    if (data.recovered !== true) {
      result.recovered = false;
      result.reason ??= textOf(data.reason) ?? 'unknown';
    }
    const { epoch, seq, broadcast } = inbox.position as Position;
    if (data.more !== true) this.#finish();
    else if (epoch !== before.epoch || seq !== before.seq || broadcast !== before.broadcast) this.#ask();
    else this.#timer.set(timers.retryMs, () => this.#ask());
  }

  #refused({ code, retry_after_ms }: Record<string, unknown>, greeting: Greeting): void {
    const { inbox, timers } = this.#dependencies;
    if (FINAL.includes(code as string)) {
      this.#apply({ ...inbox.unproved(greeting), reason: code });
      return;
    }
    const named = code === 'rate_limited' ? wholeOf(retry_after_ms) : undefined;
    const wait = named ?? doubled(timers.retryMs, this.#tries++, timers.backoffMaxMs);
    this.#timer.set(wait, () => this.#ask());
  }

  #finish(): void {
    const result = this.#result as RecoveryResult;
    this.#result = undefined;
    this.#dependencies.done(result);
    this.checkHole();
  }
}
