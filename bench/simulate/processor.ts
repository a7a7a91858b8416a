/** The processor of one Lambda function: it does one thing at a time, and has as large a share of a core as its memory buys. */
import type { VirtualClock } from './virtual-clock';

/** Megabytes of memory for which Lambda gives one core. */
const MEGABYTES_A_CORE = 1_769;

export interface Processor {
  /** What one post costs, with its share of everything else that the task does. */
  work(): Promise<void>;
}

/** @param coreMilliseconds  that a post takes on a core of its own */
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
