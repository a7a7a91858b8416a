/** Whether this host accepts new clients; served by `GET /ready`. */
import { UnavailableError } from './errors';
import type { Clock } from './runtime';

/**
 * Why a host accepts no new clients; undefined if it does.
 * @throws UnavailableError if its store does not answer
 */
export type Readiness = () => Promise<'draining' | 'connections_full' | undefined>;

/** Milliseconds that a store has to answer; load balancers wait some seconds. */
const PATIENCE = 2_000;

/** @throws UnavailableError after two seconds */
export async function answersInTime(call: Promise<unknown>, clock: Clock): Promise<void> {
  let cancel = () => {};
  const late = new Promise<never>((_, reject) => {
    const error = new UnavailableError(new Error(`the store did not answer within ${PATIENCE} ms`));
    cancel = clock.setTimer(PATIENCE, () => reject(error));
  });
  await Promise.race([call, late]).finally(() => cancel());
}
