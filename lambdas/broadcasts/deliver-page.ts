/** Posts one message to a page of clients in parallel; a client that cannot be reached does not affect the others. */
import { createDeliver, type DeliverDependencies } from '../delivery/deliver';
import { keep, recordOfFrame } from '../delivery/keep';
import type { Counts } from '../ports/broadcast-store';
import type { ClientConnection } from '../ports/client-store';
import type { DeliveryMode } from '../ports/connections';
import type { HistoryItem, HistoryStore } from '../ports/history-store';
import type { Frame } from '../protocol/codec';
import { NO_COUNTS } from './counts';

/** Posts in flight: the number of the SDK's sockets. At-least-once posts also have a limit of their own. */
const CONCURRENCY = 50;

export interface DeliverPageDependencies extends DeliverDependencies {
  history: HistoryStore;
}

/** A frame and its text. */
export interface BroadcastMessage {
  frame: Frame;
  text: string;
}

export type DeliverPage = (
  page: readonly ClientConnection[],
  message: BroadcastMessage,
  mode: DeliveryMode,
) => Promise<Counts>;

/** Also stores the message in the history of each client that received it. */
export function createDeliverPage(dependencies: DeliverPageDependencies): DeliverPage {
  const { connections, history, log } = dependencies;
  const deliver = createDeliver(dependencies);

  return async function deliverPage(page, { frame, text }, mode) {
    const counts: Counts = { ...NO_COUNTS, recipients: page.length };
    const records = [recordOfFrame('out', frame, text.length)];
    const items: HistoryItem[] = [];
    let waiting = page.values();
    let cause: unknown;

    function count(connection: ClientConnection, outcome: 'delivered' | 'gone' | 'failed'): void {
      counts[outcome] += 1;
      if (outcome === 'delivered') items.push({ clientId: connection.clientId, records });
    }

    async function outcomeOf(connection: ClientConnection): Promise<'delivered' | 'gone' | 'failed'> {
      try {
        return await deliver(connection, text, mode);
      } catch (error) {
        cause = error;
        return 'failed';
      }
    }

    async function worker(): Promise<void> {
      for (const connection of waiting) count(connection, await outcomeOf(connection));
    }

    if (connections.postToAll) {
      const ids = page.map(({ connectionId }) => connectionId);
      const gone = await connections.postToAll(ids, text, mode);
      for (const connection of page) if (!gone.has(connection.connectionId)) count(connection, 'delivered');
      waiting = page.filter(({ connectionId }) => gone.has(connectionId)).values(); // each of these is looked into
    }
    await Promise.all(Array.from({ length: CONCURRENCY }, worker));
    await keep(items, history, log);
    // One line per page: an outage fails a million posts.
    if (counts.failed > 0) log.error('broadcast_posts_failed', cause, { failed: counts.failed });
    return counts;
  };
}
