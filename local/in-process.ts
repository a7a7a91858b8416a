/** The host's two outgoing interfaces without a network: connections of the gateway in this process, and tasks on its event loop. */
import type { Task, Tasks } from '../lambdas/background/tasks';
import type { Connections } from '../lambdas/connections/connections';
import type { Log } from '../lambdas/runtime';
import { CLOSE, type LiveConnection } from './gateway/live-connection';
import type { Running } from './gateway/running';

/** @param find  an open connection of the gateway, by its id */
export function createLocalConnections(find: (connectionId: string) => LiveConnection | undefined): Connections {
  return {
    async post(connectionId, text) {
      return find(connectionId)?.send(text) ? 'delivered' : 'gone';
    },
    async close(connectionId) {
      const connection = find(connectionId);
      connection?.close({ code: CLOSE.normal, reason: 'Connection Closed Normally' });
      return connection ? 'closed' : 'gone';
    },
  };
}

/**
 * Tasks begin after the handler that started them has been answered, as on AWS.
 * @param running  is told of each, so that a stop can wait for it
 */
export function createLocalTasks(run: (task: Task) => Promise<void>, running: Running, log: Log): Tasks {
  async function runLater(task: Task): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await run(task);
    } catch (error) {
      log.error('task_failed', error, { task: task.task });
    }
  }
  return {
    async start(task) {
      void running.add(runLater(task));
    },
  };
}
