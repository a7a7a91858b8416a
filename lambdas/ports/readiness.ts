/** Whether this host accepts new clients; served by `GET /ready`. */
import { UnavailableError } from './errors';
import { type Clock, inTime } from './runtime';

/**
 * Why a host accepts no new clients; undefined if it does.
 * @throws UnavailableError if its store does not answer
 */
export type Readiness = () => Promise<'draining' | 'connections_full' | undefined>;

/** Milliseconds that a store has to answer; load balancers wait some seconds. */
const PATIENCE = 2_000;

/** @throws UnavailableError after two seconds */
export async function answersInTime(call: Promise<unknown>, clock: Clock): Promise<void> {
  await inTime(
    clock,
    PATIENCE,
    call,
    () => new UnavailableError(new Error(`the store did not answer within ${PATIENCE} ms`)),
  );
}
