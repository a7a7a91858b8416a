/** A list of event listeners. An error in one does not affect the others. */
import type { Unsubscribe } from './types';

export class Listeners<Value> {
  readonly #listeners = new Set<(value: Value) => void>();

  get size(): number {
    return this.#listeners.size;
  }

  add(listener: (value: Value) => void): Unsubscribe {
    const own = (value: Value) => listener(value); // added twice, called twice
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  }

  tell(value: Value, failed: (error: unknown) => void): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        failed(error);
      }
    }
  }
}
