/** Turns changes of the local stores into events. Contents stay text: nothing is parsed or copied on a message's path. */
import {
  broadcastCompleted,
  callCompleted,
  clientOf,
  type EventClient,
  type EventFacts,
  messageStored,
} from '../../lambdas/events/event-facts';
import type { ClientConnection } from '../../lambdas/ports/client-store';
import { type Clock, isoTime } from '../../lambdas/ports/runtime';
import type { BroadcastWatch } from '../memory/memory-broadcasts';
import type { PresenceWatch } from '../memory/memory-clients';
import type { HistoryWatch } from '../memory/memory-history';

export interface StoreWatch {
  presence: PresenceWatch;
  history: HistoryWatch;
  broadcasts: BroadcastWatch;
}

export interface StoreWatchOptions {
  /** Whether events include message contents. */
  contents: boolean;
  clock: Clock;
  add(facts: EventFacts): void;
}

export function createStoreWatch({ contents, clock, add }: StoreWatchOptions): StoreWatch {
  /** Online clients with labels or groups. */
  const known = new Map<string, EventClient>();

  function clientNamed(clientId: string): EventClient {
    return known.get(clientId) ?? { clientId };
  }

  return {
    presence: {
      cameOnline(connection, at, replaced) {
        const client = clientOf(connection);
        if (client.labels || client.groups) known.set(client.clientId, client);
        add({ ...factsOf(connection, client), type: 'client.connected', at, ...(replaced && { replaced }) });
      },
      wentOffline(connection) {
        const at = isoTime(clock.now());
        add({ ...factsOf(connection, clientOf(connection)), type: 'client.disconnected', at });
        known.delete(connection.clientId);
      },
      wasOnline(clientId) {
        add({ type: 'client.disconnected', client: { clientId }, at: isoTime(clock.now()) });
      },
    },
    history: {
      added({ clientId, position }, parts) {
        if (!position) return; // a copy of a broadcast
        for (const { envelope, content } of parts) {
          const facts = messageStored(clientNamed(clientId), position, envelope, contents ? content.text : undefined);
          if (facts) add(facts);
        }
      },
      callChanged({ clientId, position, call }, parts) {
        if (!position || !call?.end) return;
        const data = contents ? parts[0]?.content.text : undefined;
        const facts = callCompleted(clientNamed(clientId), position, call, isoTime(clock.now()), data);
        if (facts) add(facts);
      },
    },
    broadcasts: {
      finished: (state) => add(broadcastCompleted(state)),
    },
  };
}

function factsOf({ connectionId, connectedAt }: ClientConnection, client: EventClient) {
  return { client, connectionId, connectedAt };
}
