/**
 * An LRU list: least recently used entries first. All operations are O(1); a Map whose keys are re-inserted has to skip the places of
 * removed keys.
 */

/** The links of an entry. */
export interface Listed<Entry> {
  earlier?: Entry;
  later?: Entry;
}

export class RecencyList<Entry extends Listed<Entry>> {
  #first: Entry | undefined;
  #last: Entry | undefined;

  get first(): Entry | undefined {
    return this.#first;
  }

  /** Moves an entry to the end, or adds it. */
  use(entry: Entry): void {
    if (entry === this.#last) return;
    this.remove(entry);
    entry.earlier = this.#last;
    if (this.#last) this.#last.later = entry;
    else this.#first = entry;
    this.#last = entry;
  }

  /** Removes an entry; a no-op if it is not in the list. */
  remove(entry: Entry): void {
    const { earlier, later } = entry;
    if (earlier) earlier.later = later;
    else if (entry === this.#first) this.#first = later;
    if (later) later.earlier = earlier;
    else if (entry === this.#last) this.#last = earlier;
    entry.earlier = undefined;
    entry.later = undefined;
  }
}
