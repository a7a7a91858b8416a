/**
 * Entries by size, in classes that each cover twice the range of the one before. Room is made in the largest class, least recently used
 * entry first, so that one large entry cannot push out many small ones. All operations take the same time for any number of entries.
 */
import { type Listed, RecencyList } from './recency-list';

/** An entry, and its current class. */
export interface Sized<Entry> extends Listed<Entry> {
  sizeClass?: number;
}

export class SizeClasses<Entry extends Sized<Entry>> {
  readonly #classes: RecencyList<Entry>[] = [];

  /** Marks an entry as just used, or adds it. @param size  its current size, 0 or more */
  use(entry: Entry, size: number): void {
    const sizeClass = classOf(size);
    if (entry.sizeClass !== sizeClass) this.remove(entry);
    entry.sizeClass = sizeClass;
    this.#listOf(sizeClass).use(entry);
  }

  /** Changes the class of an entry whose size has changed. */
  resize(entry: Entry, size: number): void {
    if (entry.sizeClass !== classOf(size)) this.use(entry, size);
  }

  /** Removes an entry; a no-op if it is not there. */
  remove(entry: Entry): void {
    if (entry.sizeClass !== undefined) this.#listOf(entry.sizeClass).remove(entry);
    entry.sizeClass = undefined;
  }

  /** The least recently used entry of the largest class. */
  get first(): Entry | undefined {
    return this.#classes.findLast((list) => list.first)?.first;
  }

  /** The least recently used entry of each class; if it is removed meanwhile, also the next one. */
  *leastRecent(): Generator<Entry> {
    for (const list of this.#classes) {
      let entry: Entry | undefined;
      while (list.first !== entry) {
        entry = list.first;
        if (entry) yield entry;
      }
    }
  }

  #listOf(sizeClass: number): RecencyList<Entry> {
    while (this.#classes.length <= sizeClass) this.#classes.push(new RecencyList());
    return this.#classes[sizeClass] as RecencyList<Entry>;
  }
}

function classOf(size: number): number {
  return Math.floor(Math.log2(size + 1));
}
