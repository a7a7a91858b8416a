/** Tells a client why its connection is closing, and closes it. */
import type { ReplacedConnection } from '../ports/client-store';
import { ConnectionError, type Connections } from '../ports/connections';
import { type Clock, isoTime, type NewId } from '../ports/runtime';
import { encode, frameOf } from '../protocol/codec';
import { type ClosingReason, connectionClosing } from '../protocol/server-messages';
import { isConnecting, TRIES } from './connecting';

export interface CloseDependencies {
  connections: Connections;
  clock: Clock;
  newId: NewId;
}

export type Close = (connection: ReplacedConnection, reason: ClosingReason) => Promise<void>;

/**
 * A connection whose $connect is still running cannot be closed yet: API Gateway answers 410 and opens it afterwards. So closing a young
 * connection is retried until it is open or certainly gone.
 */
export function createClose({ connections, clock, newId }: CloseDependencies): Close {
  async function warn(connectionId: string, reason: ClosingReason): Promise<'delivered' | 'gone'> {
    const frame = frameOf(connectionClosing(reason), newId(), isoTime(clock.now()));
    try {
      return await connections.post(connectionId, encode(frame));
    } catch (error) {
      if (error instanceof ConnectionError) return 'delivered'; // the connection exists but does not read, or the post failed
      throw error;
    }
  }

  /** @throws ConnectionError */
  return async function close({ connectionId, connectedAt }, reason) {
    for (const wait of TRIES) {
      if (wait > 0) await clock.sleep(wait);
      if ((await warn(connectionId, reason)) === 'delivered') break;
      if (!isConnecting(connectedAt, clock)) break;
    }
    const outcome = await connections.close(connectionId);
    if (outcome === 'gone' && (await connections.isOpen(connectionId))) await connections.close(connectionId); // API Gateway's 410 was wrong
  };
}
