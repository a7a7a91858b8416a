/** Polls for a change that another function makes, with growing intervals. */
import type { Clock } from '../ports/runtime';

/** Shortest and longest milliseconds between two reads. */
const LEAST_PAUSE = 60;
const MOST_PAUSE = 1_000;

/** The next pause as a share of the time waited so far: a slow change may be noticed a little later. */
const SHARE = 0.15;

/**
 * @param until  milliseconds since 1970
 * @param look   true if there is nothing left to wait for
 * @param isNew  true if it cannot have changed yet, so that the first read comes after a pause
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
