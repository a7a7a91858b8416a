/** Tasks on this process's event loop. */
import type { Task, Tasks } from '../lambdas/background/tasks';
import type { Log } from '../lambdas/runtime';
import type { Running } from './gateway/running';

/**
 * Each begins after the handler that started it has been answered, as on AWS.
 * @param running  is told of each, so that a stop can wait for it
 */
export function createBackgroundTasks(run: (task: Task) => Promise<void>, running: Running, log: Log): Tasks {
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
