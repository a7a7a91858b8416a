/** Streams a reply to its client while it is generated: one post at a time; text that arrives meanwhile goes into the next post. */
import type { Clock } from '../ports/runtime';
import { ProtocolError } from '../protocol/errors';
import { chatDelta, chatSnapshot, type ServerMessage } from '../protocol/server-messages';

/**
 * Result of a post. `throttled`: not delivered. `moved`: the client is on a new connection and may have missed earlier posts. `gone`: it
 * has no connection. `unknown`: the post may or may not have been delivered.
 */
export type PostOutcome = 'delivered' | 'throttled' | 'moved' | 'gone' | 'unknown';

export interface DeltaStreamOptions {
  /**
   * @throws ProtocolError if the message is too large
   */
  post(message: ServerMessage): Promise<PostOutcome>;
  clock: Clock;
  /** Least time in milliseconds between the starts of two posts. Grows with each post, up to `LONGEST_INTERVAL`. */
  intervalMs: number;
  /** Index of the first piece. Above 0 for a retried reply, which begins with a snapshot. */
  firstIndex: number;
}

/** Keeps the start of a reply smooth and the rest cheap: ten seconds take at most 45 frames, whatever the first interval. */
const GROWTH = 1.2;

/** Milliseconds. */
const LONGEST_INTERVAL = 280;

/** Backoff in milliseconds after a throttled post: the first, doubled each time up to the second. */
const THROTTLED = [500, 4_000] as const;

/** Milliseconds between attempts to reach a client that is away. */
const AWAY = 1_000;

export class DeltaStream {
  readonly #options: DeltaStreamOptions;
  #whole = '';
  /** Characters that the client has, if it received every post. */
  #sent = 0;
  #index: number;
  /** Set if the client may have missed something: the next post contains the whole text. */
  #needsSnapshot: boolean;
  #posting: Promise<void> | undefined;
  #nextAt = 0;
  #interval: number;
  #throttles = 0;
  #cancelTimer: (() => void) | undefined;
  #hasEnded = false;

  constructor(options: DeltaStreamOptions) {
    this.#options = options;
    this.#index = options.firstIndex;
    this.#interval = options.intervalMs;
    this.#needsSnapshot = options.firstIndex > 0;
  }

  /** Adds text to the reply. */
  push(text: string): void {
    this.#whole += text;
    this.#schedule();
  }

  /** Stops posting, and resolves when the last post is done: nothing that follows may overtake it. */
  async end(): Promise<void> {
    this.#hasEnded = true;
    this.#cancelTimer?.();
    await this.#posting;
  }

  #schedule(): void {
    if (this.#hasEnded || this.#posting || this.#cancelTimer || this.#sent === this.#whole.length) return;
    const wait = this.#nextAt - this.#options.clock.now();
    if (wait <= 0) this.#start();
    else {
      this.#cancelTimer = this.#options.clock.setTimer(wait, () => {
        this.#cancelTimer = undefined;
        this.#start();
      });
    }
  }

  #start(): void {
    this.#posting = this.#post().finally(() => {
      this.#posting = undefined;
      this.#schedule();
    });
  }

  async #post(): Promise<void> {
    const { post, clock, intervalMs } = this.#options;
    const end = this.#whole.length;
    this.#nextAt = clock.now() + this.#interval;
    this.#interval = Math.max(intervalMs, Math.min(this.#interval * GROWTH, LONGEST_INTERVAL));
    const piece = this.#needsSnapshot
      ? chatSnapshot(this.#index, this.#whole)
      : chatDelta(this.#index, this.#whole.slice(this.#sent));
    try {
      this.#settle(await post(piece), end);
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#hasEnded = true; // too large for one message; the final reply reports it
    }
  }

  #settle(outcome: PostOutcome, end: number): void {
    const { clock } = this.#options;
    if (outcome === 'throttled') {
      const [first, longest] = THROTTLED;
      this.#nextAt = clock.now() + Math.max(this.#interval, Math.min(first * 2 ** this.#throttles++, longest));
      return; // keep the index: the client did not get this piece
    }
    this.#throttles = 0;
    this.#index += 1;
    this.#needsSnapshot = outcome !== 'delivered';
    if (outcome === 'delivered') this.#sent = end;
    if (outcome === 'gone') this.#nextAt = clock.now() + AWAY;
  }
}
