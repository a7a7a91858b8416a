/** Tasks on this process's event loop. */
import type { Task, Tasks } from '../lambdas/background/tasks';
import type { Log } from '../lambdas/runtime';
import { Running } from './gateway/running';

export type RunTask = (task: Task) => Promise<void>;

export class TasksInProcess implements Tasks {
  readonly #run: RunTask;
  readonly #log: Log;
  readonly #running = new Running();

  constructor(run: RunTask, log: Log) {
    this.#run = run;
    this.#log = log;
  }

  /** The task begins after the handler that started it has been answered, as on AWS. */
  async start(task: Task): Promise<void> {
    void this.#running.add(this.#runLater(task));
  }

  /** Resolves when every task that was started has ended. */
  idle(): Promise<void> {
    return this.#running.idle();
  }

  async #runLater(task: Task): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await this.#run(task);
    } catch (error) {
      this.#log.error('task_failed', error, { task: task.task });
    }
  }
}
