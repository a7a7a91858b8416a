/**
 * Wraps stores of another process: events are created after each write. The stores of this process create events themselves, in the
 * same write (`local/memory/`).
 */
import {
  broadcastCompleted,
  callCompleted,
  clientOf,
  type EventClient,
  type EventFacts,
  messageStored,
} from '../../lambdas/events/event-facts';
import type { BroadcastStore } from '../../lambdas/ports/broadcast-store';
import type { CallStore } from '../../lambdas/ports/call-store';
import type { ClientConnection, ClientStore } from '../../lambdas/ports/client-store';
import type { HistoryStore } from '../../lambdas/ports/history-store';
import { type Clock, isoTime } from '../../lambdas/ports/runtime';
import { stringifyJson } from '../../lambdas/protocol/json';
import type { StoreWatch } from './store-watch';

interface Stores {
  clients: ClientStore;
  history: HistoryStore;
  calls: CallStore;
  broadcasts: BroadcastStore;
}

export interface WatchedStoresOptions {
  presence: StoreWatch['presence'];
  contents: boolean;
  clock: Clock;
  add(facts: EventFacts): void;
}

/** Watches the stores of all functions of one server. */
export function createStoreWatcher({ presence, contents, clock, add }: WatchedStoresOptions) {
  const online = new Map<string, ClientConnection>();

  /** Does not reject: the change that the event reports has been written. */
  async function clientNamed(clients: ClientStore, clientId: string): Promise<EventClient> {
    const connection = online.get(clientId);
    if (connection) return clientOf(connection);
    const labels = await clients.labelsOf(clientId).catch(() => undefined);
    return clientOf({ clientId, labels: labels ?? [] });
  }

  function dataOf(data: unknown): string | undefined {
    return contents && data !== undefined ? stringifyJson(data) : undefined;
  }

  function leave(clientId: string, connectionId: string): void {
    const connection = online.get(clientId);
    if (connection?.connectionId !== connectionId) return;
    online.delete(clientId);
    presence.wentOffline(connection);
  }

  return function watched<All extends Stores>(stores: All): All {
    const { clients, history, calls, broadcasts } = stores;
    return {
      ...stores,
      clients: {
        ...clients,
        async connect(connection) {
          const connected = await clients.connect(connection);
          online.set(connection.clientId, connection);
          presence.cameOnline(connection, connection.connectedAt, connected.replaced !== undefined);
          return connected;
        },
        async disconnect(clientId, connectionId) {
          const left = await clients.disconnect(clientId, connectionId);
          if (left) leave(clientId, connectionId);
          return left;
        },
        async markGone(clientId, connectionId) {
          const left = await clients.markGone(clientId, connectionId);
          if (left) leave(clientId, connectionId);
          return left;
        },
      },
      history: {
        ...history,
        async put(item) {
          const isPut = await history.put(item);
          if (!isPut) return false;
          const client = await clientNamed(clients, item.clientId);
          for (const { data, ...message } of item.records) {
            const facts = messageStored(client, item.position, message, dataOf(data));
            if (facts) add(facts);
          }
          return true;
        },
      },
      calls: {
        ...calls,
        async end(clientId, position, end, response) {
          const item = await calls.end(clientId, position, end, response);
          if (item?.call.end?.by !== end.by) return item;
          const at = isoTime(clock.now());
          const client = await clientNamed(clients, clientId);
          const facts = callCompleted(client, position, item.call, at, dataOf(response?.data));
          if (facts) add(facts);
          return item;
        },
      },
      broadcasts: {
        ...broadcasts,
        async checkpoint(broadcastId, segment, progress) {
          const isWritten = await broadcasts.checkpoint(broadcastId, segment, progress);
          if (!isWritten || !progress.finished) return isWritten;
          const state = await broadcasts.get(broadcastId);
          if (state?.progress.every((one) => one?.finished)) add(broadcastCompleted(state));
          return isWritten;
        },
      },
    };
  };
}
