/** The processor of one Lambda function: it does one thing at a time, and its share of a core grows with its memory. */
import type { VirtualClock } from './virtual-clock';

/** Megabytes of memory for which Lambda provides one core. */
const MEGABYTES_A_CORE = 1_769;

export interface Processor {
  /** The cost of one post, with its share of all other work of the task. */
  work(): Promise<void>;
}

/** @param coreMilliseconds  that a post takes on a full core */
export function createProcessor(clock: VirtualClock, memoryMegabytes: number, coreMilliseconds: number): Processor {
  const milliseconds = (coreMilliseconds * MEGABYTES_A_CORE) / Math.min(memoryMegabytes, MEGABYTES_A_CORE);
  let freeAt = clock.now();
  return {
    work() {
      freeAt = Math.max(freeAt, clock.now()) + milliseconds;
      return clock.until(freeAt);
    },
  };
}
