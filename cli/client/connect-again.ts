/** Tries until a connection is there again: at random moments, so that the clients of a server that restarts do not come all at once. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectError } from './connect-error';
import type { Connection } from './connection';

/** Milliseconds: below a bound that doubles from the first to the last, the wait is random. */
const FIRST_BOUND = 500;
const LAST_BOUND = 30_000;

/** @throws ConnectError  where trying again is no use */
export async function connectAgain(connect: () => Promise<Connection>): Promise<Connection> {
  for (let bound = FIRST_BOUND; ; bound = Math.min(bound * 2, LAST_BOUND)) {
    await sleep(Math.random() * bound);
    try {
      return await connect();
    } catch (error) {
      if (!(error instanceof ConnectError && error.mayPass)) throw error;
    }
  }
}
