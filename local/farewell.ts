/** What clients are told when the server stops: to come back, each at a time of its own. */
import { isoTime, newUuid } from '../lambdas/ports/runtime';
import { encode, frameOf } from '../lambdas/protocol/codec';
import { connectionClosing } from '../lambdas/protocol/server-messages';
import type { Farewell } from './gateway/websocket-server';

/** Milliseconds in which the next process is up, as a rule. A client that comes earlier is refused, and tries again by itself. */
const RESTART = 1_000;

/** Clients that come back in a second. The next process can greet more, but it also has what they missed to send. */
const CLIENTS_A_SECOND = 400;

/** @param seconds  over which the clients come back; longer where they are many */
export function createFarewell(seconds: number): Farewell {
  return (index, count) => {
    const window = Math.max(seconds, count / CLIENTS_A_SECOND);
    const afterMs = Math.round(RESTART + (window * 1_000 * index) / count);
    return encode(frameOf(connectionClosing('stopping', afterMs), newUuid(), isoTime(Date.now())));
  };
}
