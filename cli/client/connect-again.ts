/** Reconnects with random back-off, so that the clients of a restarted server do not all come at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectError } from './connect-error';
import type { Connection } from './connection';

/** Milliseconds: the wait is random, up to a limit that doubles from the first to the last. */
const FIRST_BOUND = 500;
const LAST_BOUND = 30_000;

/**
 * @param afterMs  how long the server asked to wait, in addition to the random time
 * @throws ConnectError  if a retry cannot succeed
 */
export async function connectAgain(connect: () => Promise<Connection>, afterMs = 0): Promise<Connection> {
  await sleep(afterMs);
  for (let bound = FIRST_BOUND; ; bound = Math.min(bound * 2, LAST_BOUND)) {
    await sleep(Math.random() * bound);
    try {
      return await connect();
    } catch (error) {
      if (!(error instanceof ConnectError && error.mayPass)) throw error;
    }
  }
}
