/** What a handler is told of its own call: Lambda's second parameter, as far as a gateway knows it. */
import { randomUUID } from 'node:crypto';

export class InvocationContext {
  readonly #monotonic: () => number;
  readonly #endsAt: number;
  #id: string | undefined;

  constructor(monotonic: () => number, timeoutMilliseconds: number) {
    this.#monotonic = monotonic;
    this.#endsAt = monotonic() + timeoutMilliseconds;
  }

  /** Made when somebody asks: few do, and a message takes some microseconds in all. */
  get awsRequestId(): string {
    this.#id ??= randomUUID();
    return this.#id;
  }

  /** Until the gateway waits no longer; 0 from then on. An arrow, as handlers take it out of the object. */
  readonly getRemainingTimeInMillis = (): number => Math.max(0, Math.floor(this.#endsAt - this.#monotonic()));
}
