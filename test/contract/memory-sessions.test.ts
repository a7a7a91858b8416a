/** The contract of sessions, on the store in memory. */
import { createMemorySessions } from '../../lambdas/sessions/memory-sessions';
import { createFakeClock } from '../support/fake-clock';
import { describeSessionStore } from './session-store';
import { HISTORY_SECONDS } from './under-test';

describeSessionStore('in memory', async () => {
  const clock = createFakeClock();
  const store = createMemorySessions({
    clock,
    historySeconds: HISTORY_SECONDS,
    historyPerClient: 1_000,
    historyTotalBytes: 64 * 1_048_576,
  });
  return { store, clock, close: async () => {} };
});
