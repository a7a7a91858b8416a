/** A task runner without retries. */
import type { Task } from '../../lambdas/ports/tasks';
import type { TaskRunner } from '../../local/tasks-in-process';

export function runOnce(run: (task: Task) => Promise<void>): TaskRunner {
  return { run, hasToEnd: () => false, isRetried: () => false, failed: () => undefined };
}
