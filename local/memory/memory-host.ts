/** The default host: everything in this process, without a network. */

import { NO_EVENTS } from '../../lambdas/ports/event-delivery';
import { NO_REPLY_QUEUE } from '../../lambdas/ports/reply-queue';
import type { Log } from '../../lambdas/ports/runtime';
import type { Gateway } from '../gateway/gateway';
import type { Host, HostDependencies } from '../host';
import { createFileKeys } from '../key-file';
import type { Settings } from '../settings';
import type { Stores } from '../stores';
import { type TaskRunner, TasksInProcess } from '../tasks-in-process';
import { createMemoryConnections } from './memory-connections';

/** Milliseconds between two pieces of a reply: 25 per second look smooth, and cost little here. */
const DELTA_INTERVAL = 40;

export interface MemoryHostOptions {
  settings: Settings;
  stores: Stores;
  log: Log;
  runner: TaskRunner;
  /** Called at the first push, because the gateway is created from handlers that need a host. */
  gateway(): Gateway;
}

export function createMemoryHost({ settings, stores, log, runner, gateway }: MemoryHostOptions): Host {
  const tasks = new TasksInProcess(runner, log, stores.tasks);
  const { clients, history, broadcasts, groups, answers, records, calls, clientTools, replies, presence } = stores;
  const dependencies: HostDependencies = {
    clients,
    history,
    broadcasts,
    groups,
    presence,
    answers,
    records,
    calls,
    clientTools,
    replies,
    replyQueue: NO_REPLY_QUEUE,
    deltaIntervalMs: DELTA_INTERVAL,
    connections: createMemoryConnections(gateway),
    tasks,
    eventDelivery: stores.webhooks ?? NO_EVENTS,
    apiKeys: createFileKeys(settings.KEYS_FILE, 'apiKey'),
    signingKeys: settings.AUTH === 'token' ? createFileKeys(settings.KEYS_FILE, 'signingKey') : undefined,
  };
  return {
    dependenciesOf: () => dependencies,
    description: stores.description,
    listening() {
      tasks.resume();
      stores.webhooks?.resume();
    },
    runningTasks: () => tasks.count,
    kept: () => ({ historyBytes: stores.historyBytes(), webhooks: stores.webhooks?.counts() }),
    countLabels: () => clients.countLabels(),
    probeStore: () => stores.probe(),
    stopTasks(grace) {
      calls.endWaits();
      return tasks.stop(grace);
    },
    async stop() {
      stores.webhooks?.stop();
      await stores.close();
    },
  };
}
