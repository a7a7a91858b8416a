/** The stores of this machine: on disk, or only in memory. */
import type { Dependencies } from '../lambdas/ports/dependencies';
import type { Clock, Log } from '../lambdas/ports/runtime';
import { openControlSocket } from './control-socket';
import type { CreateWebhooks } from './events/open-webhooks';
import type { Webhooks } from './events/webhooks';
import { createMemoryAnswers } from './memory/memory-answers';
import { createMemoryBroadcasts } from './memory/memory-broadcasts';
import { createMemoryCalls, type MemoryCalls } from './memory/memory-calls';
import { createMemoryClientTools } from './memory/memory-client-tools';
import { createMemoryClients } from './memory/memory-clients';
import { createMemoryGroups } from './memory/memory-groups';
import { MemoryHistory } from './memory/memory-history';
import { createMemoryPresence } from './memory/memory-presence';
import { createMemoryRecords } from './memory/memory-records';
import { createMemoryReplies } from './memory/memory-replies';
import { rateLimitOf, type Settings } from './settings';
import type { TaskRecords } from './task-records';

export interface Stores
  extends Pick<
    Dependencies,
    | 'clients'
    | 'history'
    | 'calls'
    | 'clientTools'
    | 'broadcasts'
    | 'groups'
    | 'presence'
    | 'answers'
    | 'records'
    | 'replies'
  > {
  calls: MemoryCalls;
  /** Persists tasks across restarts; undefined if everything is in memory. */
  tasks?: TaskRecords;
  /** Events of these stores; undefined without receivers. */
  webhooks?: Webhooks;
  /** Bytes of the messages that are kept in memory. */
  historyBytes(): number;
  /** Resolves when all writes so far are stored. @throws UnavailableError */
  probe(): Promise<void>;
  /** A description of where the data is. */
  description: string;
  /** Call it after all other calls. */
  close(): Promise<void>;
}

/** @throws DataFolderError */
export async function openStores(
  settings: Settings,
  clock: Clock,
  log: Log,
  createWebhooks?: CreateWebhooks,
): Promise<Stores> {
  const options = {
    clock,
    historySeconds: settings.HISTORY_SECONDS,
    historyPerClient: settings.HISTORY_PER_CLIENT,
    historyTotalBytes: settings.HISTORY_TOTAL_BYTES,
    rateLimit: rateLimitOf(settings),
  };
  const replies = createMemoryReplies({ clock }); // a task that continues after a restart starts over
  const presence = createMemoryPresence({ clock }); // connections end with the process, and so do their watches
  if (settings.DATA_DIR !== '') {
    const { openDurableStores } = await import('./durable/durable-stores'); // loads a native library
    const { backUp, ...durable } = await openDurableStores(settings.DATA_DIR, { ...options, log, createWebhooks });
    const control = await openControlSocket(settings.DATA_DIR, { backUp, log });
    return {
      replies,
      presence,
      ...durable,
      description: `in ${settings.DATA_DIR}`,
      close: () => control.close().then(durable.close),
    };
  }
  const webhooks = createWebhooks?.();
  const history = new MemoryHistory({ ...options, watch: webhooks?.watch.history });
  return {
    replies,
    presence,
    webhooks,
    clients: createMemoryClients({
      ...options,
      presence: webhooks?.watch.presence,
      onForgotten: (clientId) => history.forget(clientId),
    }),
    history,
    historyBytes: () => history.bytes,
    calls: createMemoryCalls({ ...options, history }),
    clientTools: createMemoryClientTools(options),
    broadcasts: createMemoryBroadcasts({ ...options, watch: webhooks?.watch.broadcasts }),
    groups: createMemoryGroups({ ...options, log }),
    answers: createMemoryAnswers(options),
    async probe() {},
    records: createMemoryRecords(options),
    description: 'in memory',
    async close() {},
  };
}
