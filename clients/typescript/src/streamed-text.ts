/** Puts the pieces of a streamed reply in order (R53). */
import type { JsonObject } from './types';
import { textOf, wholeOf } from './wire';

export class StreamedText {
  #text = '';
  #next = 0;
  readonly #pieces = new Map<number, string>();

  /** @returns the text so far, if the piece made it grow */
  add({ index, delta, content }: JsonObject): string | undefined {
    const at = wholeOf(index);
    if (at === undefined || at < this.#next) return undefined;
    const snapshot = textOf(content);
    if (snapshot === undefined) this.#pieces.set(at, textOf(delta) ?? '');
    else {
      this.#text = snapshot;
      this.#next = at + 1;
    }
    const before = this.#next;
    for (let piece = this.#pieces.get(this.#next); piece !== undefined; piece = this.#pieces.get(this.#next)) {
      this.#pieces.delete(this.#next++);
      this.#text += piece;
    }
    return snapshot !== undefined || this.#next > before ? this.#text : undefined;
  }
}
