/** The context of an invocation: Lambda's second parameter, reduced to the fields that a gateway knows. */
import { randomUUID } from 'node:crypto';

/** A class, because one is created per message: a closure would cost 2 µs for the name that `tsx` gives it. */
export class InvocationContext {
  readonly #monotonic: () => number;
  readonly #endsAt: number;
  #id: string | undefined;

  /** @param endsAt  by the same clock */
  constructor(monotonic: () => number, endsAt: number) {
    this.#monotonic = monotonic;
    this.#endsAt = endsAt;
  }

  /** Created lazily: it is rarely used, and a whole message takes only a few microseconds. */
  get awsRequestId(): string {
    this.#id ??= randomUUID();
    return this.#id;
  }

  /** Milliseconds until the timeout of the gateway; 0 afterwards. */
  getRemainingTimeInMillis(): number {
    return Math.max(0, Math.floor(this.#endsAt - this.#monotonic()));
  }
}
