/** Looking at something that another function changes, ever more rarely. */
import type { Clock } from '../ports/runtime';

/** Milliseconds between two looks. A look is one read. */
const LEAST_PAUSE = 60;
const MOST_PAUSE = 1_000;

/** Of the time waited so far: what took long may be seen a little later. */
const SHARE = 0.35;

/**
 * @param until  milliseconds since 1970
 * @param look   true where there is nothing left to wait for
 * @param isNew  true where it cannot have changed yet, so that the first look comes after a pause
 */
export async function pollUntil(
  clock: Clock,
  until: number,
  look: () => Promise<boolean>,
  isNew = false,
): Promise<void> {
  const begun = clock.now();
  for (let isFirst = true; (isFirst && isNew) || !(await look()); isFirst = false) {
    const now = clock.now();
    if (now >= until) return;
    const pause = Math.round((now - begun) * SHARE);
    await clock.sleep(Math.min(Math.max(LEAST_PAUSE, pause), MOST_PAUSE, until - now));
  }
}
