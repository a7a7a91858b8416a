/** Waiting for what a distributed store or platform shows a little later: an assertion is tried again until it holds. */
import { setTimeout as sleep } from 'node:timers/promises';

/** All tries together; below the time that a test has, so that the assertion's own failure is what gets reported. */
const BOUND_MILLISECONDS = 120_000;
const FIRST_WAIT_MILLISECONDS = 10;
const LONGEST_WAIT_MILLISECONDS = 640;

/** Gives what the assertion gave in the first try that held, or fails as the last try failed. */
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
