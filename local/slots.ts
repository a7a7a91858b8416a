/** A semaphore: limits concurrent work, in all and for each key. */

export interface Slots {
  /**
   * Waits for a slot.
   * @param waits  called if none is free
   * @returns a function that frees it
   */
  enter(key: string, waits?: () => void): Promise<() => void>;
  status(): { running: number; waiting: number; max: number };
}

/**
 * @param max        slots in all
 * @param maxPerKey  slots that one key can hold. While it holds that many, its work waits, and other keys get the free slots
 */
export function createSlots(max: number, maxPerKey: number): Slots {
  /** The work of each key that waits for a slot. The first key is the next to get one. */
  const waiting = new Map<string, (() => void)[]>();
  const running = new Map<string, number>();
  let free = max;

  function leave(key: string): void {
    free += 1;
    const left = (running.get(key) ?? 0) - 1;
    if (left > 0) running.set(key, left);
    else running.delete(key);
    startNext();
  }

  /** Starts the first piece of work whose key is below its limit. Passes over at most `max` / `maxPerKey` keys. */
  function startNext(): void {
    if (free === 0) return;
    for (const [key, queue] of waiting) {
      const count = running.get(key) ?? 0;
      if (count >= maxPerKey) continue;
      const start = queue.shift();
      waiting.delete(key);
      if (queue.length > 0) waiting.set(key, queue); // its next piece of work comes after those of all other keys
      free -= 1;
      running.set(key, count + 1);
      start?.();
      return;
    }
  }

  return {
    async enter(key, waits) {
      let isIn = false;
      await new Promise<void>((resolve) => {
        const queue = waiting.get(key) ?? [];
        queue.push(() => {
          isIn = true;
          resolve();
        });
        waiting.set(key, queue);
        startNext();
        if (!isIn) waits?.();
      });
      return () => leave(key);
    },
    status() {
      const queues = [...waiting.values()];
      return { running: max - free, waiting: queues.reduce((sum, queue) => sum + queue.length, 0), max };
    },
  };
}
