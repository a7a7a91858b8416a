/** What a handler is told of its own call: Lambda's second parameter, as far as a gateway knows it. */
import { randomUUID } from 'node:crypto';

/** One is made for each message, so that it has no function of its own: the name that `tsx` gives each takes 2 µs. */
export class InvocationContext {
  readonly #monotonic: () => number;
  readonly #endsAt: number;
  #id: string | undefined;

  /** @param endsAt  by the same clock */
  constructor(monotonic: () => number, endsAt: number) {
    this.#monotonic = monotonic;
    this.#endsAt = endsAt;
  }

  /** Made when somebody asks: few do, and a message takes some microseconds in all. */
  get awsRequestId(): string {
    this.#id ??= randomUUID();
    return this.#id;
  }

  /** Until the gateway waits no longer; 0 from then on. */
  getRemainingTimeInMillis(): number {
    return Math.max(0, Math.floor(this.#endsAt - this.#monotonic()));
  }
}
