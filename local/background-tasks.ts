/** Tasks on this process's event loop. */
import type { Task, Tasks } from '../lambdas/background/tasks';
import type { Log } from '../lambdas/runtime';
import { Running } from './gateway/running';

/** @param timeLeft  milliseconds that the run may still take: no end to them, until there is a stop */
export type RunTask = (task: Task, timeLeft: () => number) => Promise<void>;

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

  /** The task begins after the handler that started it has been answered, as on AWS. After a stop it does not begin. */
  async start(task: Task): Promise<void> {
    if (this.#timeLeft > 0) void this.#running.add(this.#runLater(task));
  }

  /** Resolves when every task has ended, and those that tasks have started. */
  idle(): Promise<void> {
    return this.#running.idle();
  }

  /** Lets tasks end where they can, and those that go on after the grace be: nobody hears of them again. */
  async stop(graceMilliseconds: number): Promise<void> {
    this.#timeLeft = 0;
    const grace = new Promise((resolve) => setTimeout(resolve, graceMilliseconds).unref());
    await Promise.race([this.idle(), grace]);
    this.#abandoned = true;
  }

  async #runLater(task: Task): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      await this.#run(task, () => this.#timeLeft);
    } catch (error) {
      if (!this.#abandoned) this.#log.error('task_failed', error, { task: task.task });
    }
  }
}
