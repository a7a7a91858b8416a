/** The contracts of clients and of history, on the stores in memory. */
import { createMemoryClients } from '../../local/memory/memory-clients';
import { MemoryHistory } from '../../local/memory/memory-history';
import { createFakeClock } from '../support/fake-clock';
import { describeClientStore } from './client-store';
import { describeHistoryStore } from './history-store';
import { HISTORY_SECONDS, RATE_LIMIT } from './under-test';

describeClientStore('in memory', async () => {
  const clock = createFakeClock();
  return {
    store: createMemoryClients({ clock, historySeconds: HISTORY_SECONDS, rateLimit: RATE_LIMIT }),
    clock,
    close: async () => {},
  };
});

describeHistoryStore('in memory', async () => {
  const clock = createFakeClock();
  const bounds = { historyPerClient: 1_000, historyTotalBytes: 64 * 1_048_576 };
  const store = new MemoryHistory({ clock, historySeconds: HISTORY_SECONDS, ...bounds });
  return { store, clock, close: async () => {} };
});
