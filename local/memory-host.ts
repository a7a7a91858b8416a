/** The everyday host: everything in this process, nothing over a network, gone when it ends. */
import { createMemoryBroadcasts } from '../lambdas/broadcasts/memory-broadcasts';
import type { Clock } from '../lambdas/runtime';
import { createMemorySessions } from '../lambdas/sessions/memory-sessions';
import type { Gateway } from './gateway/gateway';
import type { Host } from './host';
import type { Settings } from './settings';

/** @param gateway  asked for when the first push is made, as the gateway needs handlers, and they a host */
export function createMemoryHost(settings: Settings, clock: Clock, gateway: () => Gateway): Host {
  return {
    sessions: createMemorySessions({
      clock,
      historySeconds: settings.HISTORY_SECONDS,
      historyPerClient: settings.HISTORY_PER_CLIENT,
      historyTotalBytes: settings.HISTORY_TOTAL_BYTES,
    }),
    broadcasts: createMemoryBroadcasts(),
    connections: {
      post: async (connectionId, text) => (gateway().post(connectionId, text) ? 'delivered' : 'gone'),
      close: async (connectionId) => (gateway().disconnect(connectionId) ? 'closed' : 'gone'),
    },
    description: 'in memory',
    listening() {},
    async stop() {},
  };
}
