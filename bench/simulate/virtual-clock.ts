/**
 * A clock on which 100 seconds pass in a few: when nothing is left to do at a time, it jumps to the next time at which something is due.
 */
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../lambdas/ports/runtime';

interface Event {
  at: number;
  /** Events at the same time happen in the order in which they were scheduled. */
  order: number;
  happen: () => void;
}

export class VirtualClock implements Clock {
  /** A binary heap, earliest first. */
  readonly #events: Event[] = [];
  #now: number;
  #planned = 0;

  /** @param start  milliseconds since 1970 */
  constructor(start: number) {
    this.#now = start;
  }

  now(): number {
    return this.#now;
  }

  sleep(milliseconds: number): Promise<void> {
    return this.until(this.#now + milliseconds);
  }

  /** Calls back after this many milliseconds of this clock. */
  setTimer(milliseconds: number, callback: () => void): () => void {
    let isCancelled = false;
    void this.sleep(milliseconds).then(() => {
      if (!isCancelled) callback();
    });
    return () => {
      isCancelled = true;
    };
  }

  /** Resolves at a given time; in the next turn if that is past. */
  until(at: number): Promise<void> {
    return new Promise((happen) => {
      this.#planned += 1;
      this.#add({ at: Math.max(at, this.#now), order: this.#planned, happen });
    });
  }

  /**
   * Lets time pass until the work is done. The work must only wait on this clock: promises alone are settled within a turn of the event
   * loop, which happens between two points in time.
   */
  async run<Result>(work: Promise<Result>): Promise<Result> {
    let done = false;
    const end = () => {
      done = true;
    };
    work.then(end, end);
    await setImmediate();
    while (!done) {
      const next = this.#takeFirst();
      if (!next) throw new Error('the work waits for something that never happens on this clock');
      this.#now = next.at;
      next.happen();
      await setImmediate();
    }
    return work;
  }

  #add(event: Event): void {
    const heap = this.#events;
    let index = heap.length;
    heap.push(event);
    while (index > 0) {
      const parent = (index - 1) >> 1;
      if (!isBefore(event, heap[parent] as Event)) break;
      heap[index] = heap[parent] as Event;
      index = parent;
    }
    heap[index] = event;
  }

  #takeFirst(): Event | undefined {
    const heap = this.#events;
    const [first] = heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return first;
    let index = 0;
    for (;;) {
      let child = 2 * index + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && isBefore(heap[child + 1] as Event, heap[child] as Event)) child += 1;
      if (!isBefore(heap[child] as Event, last)) break;
      heap[index] = heap[child] as Event;
      index = child;
    }
    heap[index] = last;
    return first;
  }
}

function isBefore(a: Event, b: Event): boolean {
  return a.at < b.at || (a.at === b.at && a.order < b.order);
}
