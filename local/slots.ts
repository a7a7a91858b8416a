/** A semaphore: limits concurrent work. */

export interface Slots {
  /** Waits for a slot. @returns a function that frees it */
  enter(): Promise<() => void>;
  status(): { running: number; waiting: number; max: number };
}

export function createSlots(max: number): Slots {
  const waiting: (() => void)[] = [];
  let free = max;

  function release(): void {
    const next = waiting.shift();
    if (next) next();
    else free += 1;
  }

  return {
    async enter() {
      if (free > 0) free -= 1;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      return release;
    },
    status: () => ({ running: max - free, waiting: waiting.length, max }),
  };
}
