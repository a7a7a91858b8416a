/** Looking at something that another function changes, ever more rarely. */
import type { Clock } from '../ports/runtime';

/** Milliseconds before the second look, and before each later one at most. A look is one read. */
const FIRST_PAUSE = 50;
const LONGEST_PAUSE = 1_000;

/**
 * @param until  milliseconds since 1970
 * @param look   true where there is nothing left to wait for
 */
export async function pollUntil(clock: Clock, until: number, look: () => Promise<boolean>): Promise<void> {
  for (let pause = FIRST_PAUSE; !(await look()); pause = Math.min(pause * 2, LONGEST_PAUSE)) {
    const left = until - clock.now();
    if (left <= 0) return;
    await clock.sleep(Math.min(pause, left));
  }
}
