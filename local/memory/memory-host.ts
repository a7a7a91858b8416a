/** The everyday host: everything in this process, nothing over a network, gone when it ends. */
import type { Clock, Log } from '../../lambdas/ports/runtime';
import type { Gateway } from '../gateway/gateway';
import type { Host, HostDependencies } from '../host';
import { createFileKeys } from '../key-file';
import { rateLimitOf, type Settings } from '../settings';
import { type RunTask, TasksInProcess } from '../tasks-in-process';
import { createMemoryBroadcasts } from './memory-broadcasts';
import { createMemoryClients } from './memory-clients';
import { createMemoryConnections } from './memory-connections';
import { MemoryHistory } from './memory-history';

export interface MemoryHostOptions {
  settings: Settings;
  clock: Clock;
  log: Log;
  runTask: RunTask;
  /** Asked at the first push, because the gateway is made from handlers that need a host. */
  gateway(): Gateway;
}

export function createMemoryHost({ settings, clock, log, runTask, gateway }: MemoryHostOptions): Host {
  const tasks = new TasksInProcess(runTask, log);
  const historySeconds = settings.HISTORY_SECONDS;
  const dependencies: HostDependencies = {
    clients: createMemoryClients({ clock, historySeconds, rateLimit: rateLimitOf(settings) }),
    history: new MemoryHistory({
      clock,
      historySeconds,
      historyPerClient: settings.HISTORY_PER_CLIENT,
      historyTotalBytes: settings.HISTORY_TOTAL_BYTES,
    }),
    broadcasts: createMemoryBroadcasts(),
    connections: createMemoryConnections(gateway),
    tasks,
    apiKeys: createFileKeys(settings.KEYS_FILE, 'apiKey'),
    signingKeys: settings.AUTH === 'token' ? createFileKeys(settings.KEYS_FILE, 'signingKey') : undefined,
  };
  return {
    dependenciesOf: () => dependencies,
    description: 'in memory',
    listening() {},
    stopTasks: (grace) => tasks.stop(grace),
    async stop() {},
  };
}
