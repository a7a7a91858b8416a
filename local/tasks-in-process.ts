/** Tasks on this process's event loop. */
import type { Log } from '../lambdas/ports/runtime';
import type { Task, TaskContext, Tasks } from '../lambdas/ports/tasks';
import { Running } from './gateway/running';

/** @param context  tells no end, until there is a stop */
export type RunTask = (task: Task, context: TaskContext) => Promise<void>;

export class TasksInProcess implements Tasks {
  readonly #run: RunTask;
  readonly #log: Log;
  readonly #running = new Running();
  #timeLeft = Number.POSITIVE_INFINITY;
  #abandoned = false;

  constructor(run: RunTask, log: Log) {
    this.#run = run;
    this.#log = log;
  }

  /** The task begins after the handler that starts it has answered, as on AWS. After a stop it does not begin. */
  async start(task: Task): Promise<void> {
    if (this.#timeLeft > 0) void this.#running.add(this.#runLater(task));
  }

  /** Resolves when every task has ended, with those that tasks start. */
  idle(): Promise<void> {
    return this.#running.idle();
  }

  /** Starts no more tasks, and waits for the running ones, up to the grace. Later errors are not logged. */
  async stop(graceMilliseconds: number): Promise<void> {
    this.#timeLeft = 0;
    const grace = new Promise((resolve) => setTimeout(resolve, graceMilliseconds).unref());
    await Promise.race([this.idle(), grace]);
    this.#abandoned = true;
  }

  async #runLater(task: Task): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await this.#run(task, { getRemainingTimeInMillis: () => this.#timeLeft });
    } catch (error) {
      if (!this.#abandoned) this.#log.error('task_failed', error, { task: task.task });
    }
  }
}
