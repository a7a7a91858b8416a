/** Limits concurrent calls, and adapts the limit as TCP does: additive increase, multiplicative decrease (AIMD). */

/** Initial limit: 16 tasks with 10 calls of 15 ms each make 10,667 calls a second, about an account's limit. */
const START = 10;

/** With a lower limit, a page could outlast its Lambda function when others use up the account's rate. */
const LEAST = 4;

/** The SDK client's number of sockets. */
const MOST = 50;

/** Added for each round of successful calls. */
const STEP = 1;

/**
 * Decrease factor after a throttled call. TCP halves. A smaller cut is enough, because no call is lost, and better, because a single
 * client that does not read is throttled too. With these values, one post in 15 is throttled at the account's rate.
 */
const CUT = 0.85;

/** Tasks that share an account's rate do not talk to each other. AIMD still brings each close to a fair share of the rate. */
export class ConcurrencyLimiter {
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  #size = START;
  #open = 0;
  #cutAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Resolves when a call may start; the caller must call `leave` afterwards. */
  async enter(): Promise<void> {
    if (this.#open < Math.floor(this.#size)) this.#open += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve)); // `leave` passes on its slot
  }

  leave(): void {
    this.#open -= 1;
    while (this.#open < Math.floor(this.#size)) {
      const next = this.#waiting.shift();
      if (!next) return;
      this.#open += 1;
      next();
    }
  }

  succeeded(): void {
    this.#size = Math.min(MOST, this.#size + STEP / this.#size);
  }

  /** Ignores throttles of calls started before the last reduction. */
  throttled(startedAt: number): void {
    if (startedAt < this.#cutAt) return;
    this.#size = Math.max(LEAST, this.#size * CUT);
    this.#cutAt = this.#now();
  }
}
