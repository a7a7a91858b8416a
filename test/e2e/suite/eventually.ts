/** Waits for what a distributed store or platform shows a little later: an assertion is retried until it holds. */
import { setTimeout as sleep } from 'node:timers/promises';

/** Limit for all attempts together. Shorter than a test's timeout, so that the assertion fails first and says why. */
const BOUND_MILLISECONDS = 120_000;
const FIRST_WAIT_MILLISECONDS = 10;
const LONGEST_WAIT_MILLISECONDS = 640;

/** Returns the result of the first successful attempt, or fails like the last attempt. */
export async function eventually<Result>(assertion: () => Promise<Result>): Promise<Result> {
  const deadline = Date.now() + BOUND_MILLISECONDS;
  for (let wait = FIRST_WAIT_MILLISECONDS; ; wait = Math.min(wait * 2, LONGEST_WAIT_MILLISECONDS)) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() + wait > deadline) throw error;
    }
    await sleep(wait);
  }
}
