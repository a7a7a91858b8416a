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
import type { FindLabelled, PresenceWatch } from '../memory/memory-clients';
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
  let find: FindLabelled = () => undefined;

  function clientNamed(clientId: string): EventClient {
    const known = find(clientId);
    return known ? clientOf(known) : { clientId };
  }

  return {
    presence: {
      cameOnline(connection, at, replaced) {
        add({ ...factsOf(connection), type: 'client.connected', at, ...(replaced && { replaced }) });
      },
      wentOffline(connection) {
        const at = isoTime(clock.now());
        add({ ...factsOf(connection), type: 'client.disconnected', at });
      },
      wasOnline(clientId) {
        add({ type: 'client.disconnected', client: clientNamed(clientId), at: isoTime(clock.now()) });
      },
      useDirectory(directory) {
        find = directory;
      },
    },
    history: {
      added({ clientId, position }, parts) {
        if (!position) return; // a copy of a broadcast
        const client = clientNamed(clientId);
        for (const { envelope, content } of parts) {
          const facts = messageStored(client, position, envelope, contents ? content.text : undefined);
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

function factsOf(connection: ClientConnection) {
  const { connectionId, connectedAt } = connection;
  return { client: clientOf(connection), connectionId, connectedAt };
}
