/** The everyday host: everything in this process, nothing over a network. */
import type { Log } from '../../lambdas/ports/runtime';
import type { Gateway } from '../gateway/gateway';
import type { Host, HostDependencies } from '../host';
import { createFileKeys } from '../key-file';
import type { Settings } from '../settings';
import type { Stores } from '../stores';
import { type RunTask, TasksInProcess } from '../tasks-in-process';
import { createMemoryConnections } from './memory-connections';

export interface MemoryHostOptions {
  settings: Settings;
  stores: Stores;
  log: Log;
  runTask: RunTask;
  /** Asked at the first push, because the gateway is made from handlers that need a host. */
  gateway(): Gateway;
}

export function createMemoryHost({ settings, stores, log, runTask, gateway }: MemoryHostOptions): Host {
  const tasks = new TasksInProcess(runTask, log);
  const { clients, history, broadcasts, answers, calls, clientTools } = stores;
  const dependencies: HostDependencies = {
    clients,
    history,
    broadcasts,
    answers,
    calls,
    clientTools,
    connections: createMemoryConnections(gateway),
    tasks,
    apiKeys: createFileKeys(settings.KEYS_FILE, 'apiKey'),
    signingKeys: settings.AUTH === 'token' ? createFileKeys(settings.KEYS_FILE, 'signingKey') : undefined,
  };
  return {
    dependenciesOf: () => dependencies,
    description: stores.description,
    listening() {},
    stopTasks: (grace) => tasks.stop(grace),
    stop: () => stores.close(),
  };
}
