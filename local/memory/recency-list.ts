/**
 * Entries in the order of their last use, the one left alone for longest first. Each step takes the same time however
 * many there are; a Map whose keys are set anew has to step over all the places that they have left.
 */

/** What an entry carries for its list. */
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

  /** Puts an entry last, whether it was in the list or not. */
  use(entry: Entry): void {
    if (entry === this.#last) return;
    this.remove(entry);
    entry.earlier = this.#last;
    if (this.#last) this.#last.later = entry;
    else this.#first = entry;
    this.#last = entry;
  }

  /** Takes an entry out; nothing happens where it is not in. */
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
