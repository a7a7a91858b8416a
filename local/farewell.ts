/** What clients are told when the server stops: to come back, each at a time of its own. */
import { isoTime, newUuid } from '../lambdas/ports/runtime';
import { encode, frameOf } from '../lambdas/protocol/codec';
import { connectionClosing } from '../lambdas/protocol/server-messages';
import type { Farewell } from './gateway/websocket-server';

/** Milliseconds until the next process is up: at least, and at most. A client that comes earlier finds nobody, and each try waits longer. */
const [SHORTEST, LONGEST] = [1_000, 8_000];

/** The next process may have other work beside it. */
const MARGIN = 1.5;

/** Clients that come back in a second. The next process can greet more, but it also has what they missed to send. */
const CLIENTS_A_SECOND = 400;

/**
 * @param seconds  over which the clients come back; longer where they are many
 * @param startMs  how long this process took to start, which the next one is expected to take as well
 */
export function createFarewell(seconds: number, startMs: number): Farewell {
  const restart = Math.min(LONGEST, Math.max(SHORTEST, Math.round(startMs * MARGIN)));
  const all = SHORTEST + seconds * 1_000;
  return (index, count) => {
    const window = Math.max(all - restart, 0, (count / CLIENTS_A_SECOND) * 1_000);
    const afterMs = Math.round(restart + (window * index) / count);
    return encode(frameOf(connectionClosing('stopping', afterMs), newUuid(), isoTime(Date.now())));
  };
}
