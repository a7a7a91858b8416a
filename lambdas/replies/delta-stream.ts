/** Streams a reply to its client while it is made: one post at a time, and what arrives meanwhile goes along with the next. */
import type { Clock } from '../ports/runtime';
import { ProtocolError } from '../protocol/errors';
import { chatDelta, chatSnapshot, type ServerMessage } from '../protocol/server-messages';

/**
 * What came of a post. `throttled`: the client did not get it. `moved`: it has another connection now, and may have missed what was posted
 * before. `gone`: it has none. `unknown`: nobody can tell whether it got it.
 */
export type PostOutcome = 'delivered' | 'throttled' | 'moved' | 'gone' | 'unknown';

export interface DeltaStreamOptions {
  /** @throws ProtocolError for a message that is too large */
  post(message: ServerMessage): Promise<PostOutcome>;
  clock: Clock;
  /** Milliseconds from the start of a post to the next, at least. Grows with each post, up to `LONGEST_INTERVAL`. */
  intervalMs: number;
  /** The index of the first piece. Above 0 for a reply that is made again, which begins with a snapshot. */
  firstIndex: number;
}

/** The start of a reply looks smooth, and the rest costs little: ten seconds take 45 frames at most, whatever the first interval. */
const GROWTH = 1.2;

/** Milliseconds. */
const LONGEST_INTERVAL = 280;

/** Milliseconds to wait after a post that was throttled, doubled each time up to the second number. */
const THROTTLED = [500, 4_000] as const;

/** Milliseconds between two looks for a client that is away. */
const AWAY = 1_000;

export class DeltaStream {
  readonly #options: DeltaStreamOptions;
  #whole = '';
  /** Characters that the client has, if it has got every post. */
  #sent = 0;
  #index: number;
  /** Set where the client may have missed something: the next post has all. */
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

  /** Posts nothing more, and resolves when the last post is over: what follows must not overtake it. */
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
      this.#hasEnded = true; // too large for a message: the reply at the end says so
    }
  }

  #settle(outcome: PostOutcome, end: number): void {
    const { clock } = this.#options;
    if (outcome === 'throttled') {
      const [first, longest] = THROTTLED;
      this.#nextAt = clock.now() + Math.max(this.#interval, Math.min(first * 2 ** this.#throttles++, longest));
      return; // with the same index: nobody has it
    }
    this.#throttles = 0;
    this.#index += 1;
    this.#needsSnapshot = outcome !== 'delivered';
    if (outcome === 'delivered') this.#sent = end;
    if (outcome === 'gone') this.#nextAt = clock.now() + AWAY;
  }
}
