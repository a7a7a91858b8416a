/** Bounds how much of one kind of work is under way. */

export interface Slots {
  /** Waits for a slot, and gives what frees it. */
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
