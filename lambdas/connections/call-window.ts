/** How many calls are under way at a time: a bound that finds its own height, as TCP's does. */

/** Calls under way at the start: 16 tasks with 10 calls of 15 ms each make 10,667 a second, about what an account may make. */
const START = 10;

/** With fewer, a page could outlast a Lambda function where others use up the account's rate. */
const LEAST = 4;

/** As many sockets as the SDK's client opens. */
const MOST = 50;

/** Added for each round of calls that get through. */
const STEP = 1;

/**
 * What a round with a call that was throttled leaves of the bound. TCP takes half; less is enough here, as no call is lost, and
 * better, as one client that does not read is throttled too. With these, one post in 15 is throttled at the account's rate.
 */
const CUT = 0.85;

/**
 * Many tasks that share an account's rate know nothing of each other. Each adds a little while its calls get through, and
 * takes a share away when one is throttled; that is known to end near the rate, with a fair share for each.
 */
export class CallWindow {
  readonly #now: () => number;
  readonly #waiting: (() => void)[] = [];
  #size = START;
  #open = 0;
  #cutAt = 0;

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Resolves when one more call may begin; `leave` has to follow. */
  async enter(): Promise<void> {
    if (this.#open < Math.floor(this.#size)) this.#open += 1;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve)); // `leave` hands over the place
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

  gotThrough(): void {
    this.#size = Math.min(MOST, this.#size + STEP / this.#size);
  }

  /** @param begunAt  when the call was made: those that were under way at the last cut have been answered by it */
  wasThrottled(begunAt: number): void {
    if (begunAt < this.#cutAt) return;
    this.#size = Math.max(LEAST, this.#size * CUT);
    this.#cutAt = this.#now();
  }
}
