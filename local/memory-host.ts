/** The everyday host: everything in this process, nothing over a network, gone when it ends. */
import { createMemoryBroadcasts } from '../lambdas/broadcasts/memory-broadcasts';
import type { Clock, Log } from '../lambdas/runtime';
import { createMemorySessions } from '../lambdas/sessions/memory-sessions';
import { type RunTask, TasksInProcess } from './background-tasks';
import type { Gateway } from './gateway/gateway';
import type { Adapters, Host } from './host';
import { createFileKeys } from './keys/key-file';
import { createMemoryConnections } from './memory-connections';
import type { Settings } from './settings';

export interface MemoryHostOptions {
  settings: Settings;
  clock: Clock;
  log: Log;
  runTask: RunTask;
  /** Asked for when the first push is made, as the gateway needs handlers, and they a host. */
  gateway(): Gateway;
}

export function createMemoryHost({ settings, clock, log, runTask, gateway }: MemoryHostOptions): Host {
  const tasks = new TasksInProcess(runTask, log);
  const adapters: Adapters = {
    sessions: createMemorySessions({
      clock,
      historySeconds: settings.HISTORY_SECONDS,
      historyPerClient: settings.HISTORY_PER_CLIENT,
      historyTotalBytes: settings.HISTORY_TOTAL_BYTES,
    }),
    broadcasts: createMemoryBroadcasts(),
    connections: createMemoryConnections(gateway),
    tasks,
    apiKeys: createFileKeys(settings.KEYS_FILE, 'apiKey'),
    signingKeys: createFileKeys(settings.KEYS_FILE, 'signingKey'),
  };
  return {
    adaptersFor: () => adapters,
    description: 'in memory',
    listening() {},
    stopTasks: (grace) => tasks.stop(grace),
    async stop() {},
  };
}
