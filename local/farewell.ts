/** The `connection_closing` messages of a server on one machine: at a stop, and at the end of an idle or old connection. */
import { isoTime, newUuid } from '../lambdas/ports/runtime';
import { encode, frameOf } from '../lambdas/protocol/codec';
import { connectionClosing } from '../lambdas/protocol/server-messages';
import type { Farewell } from './gateway/websocket-server';

/** Minimum and maximum milliseconds until the next process is up. A client that comes earlier fails, and its back-off grows. */
const [SHORTEST, LONGEST] = [1_000, 8_000];

/** Margin, because the next process may have to share the machine. */
const MARGIN = 1.5;

/** Reconnecting clients per second. The next process could greet more, but it also has to send them what they missed. */
const CLIENTS_A_SECOND = 400;

/** For a connection that was idle or open for too long. */
export function expiryFarewell(): string {
  return encode(frameOf(connectionClosing('expires'), newUuid(), isoTime(Date.now())));
}

/**
 * At a stop each client gets a different time to reconnect.
 * @param seconds  over which the clients reconnect; longer if there are many
 * @param startMs  how long this process took to start, as an estimate for the next one
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
