/** Tasks on this process's event loop. */
import { UnavailableError } from '../lambdas/ports/errors';
import { type Clock, type Log, systemClock } from '../lambdas/ports/runtime';
import type { Task, TaskContext, Tasks } from '../lambdas/ports/tasks';
import { Running } from './gateway/running';
import type { TaskRecords } from './task-records';

export interface TaskRunner {
  /** @param context  does not end until there is a stop */
  run(task: Task, context: TaskContext): Promise<void>;
  /** Whether a task must complete: then it is retried if it fails, and continues after a restart. */
  hasToEnd(task: Task): boolean;
  /** Whether another task is retried if it fails, until the process stops. */
  isRetried(task: Task): boolean;
  /** Called with a task that has failed all its tries. */
  failed(task: Task): (() => Promise<void>) | undefined;
}

/** As many tries as on Lambda. */
const TRIES = 3;

/** Tries of the failure handler: with the waits between them, it survives an outage of some minutes. */
const LAST_TRIES = 8;

/** Milliseconds before each retry; the last one applies to all later retries. Lambda waits one minute, then two. */
const RETRY_WAITS = [1_000, 10_000, 30_000] as const;

export class TasksInProcess implements Tasks {
  readonly #runner: TaskRunner;
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #records: TaskRecords | undefined;
  readonly #running = new Running();
  /** Those of `#running`. */
  readonly #tasks = new Set<Task & { replyId?: string }>();
  /** Cancel retries that a stop does not wait for. */
  readonly #retries = new Set<() => void>();
  #timeLeft = Number.POSITIVE_INFINITY;
  #abandoned = false;

  /** @param records  stores tasks that must complete across restarts; without it they end with the process */
  constructor(runner: TaskRunner, log: Log, records?: TaskRecords, clock = systemClock) {
    this.#runner = runner;
    this.#log = log;
    this.#clock = clock;
    this.#records = records;
  }

  /**
   * The task begins after the handler that starts it has answered, as on AWS. After a stop it does not begin: the next process runs it, if
   * it must complete.
   * @throws UnavailableError  if it must complete, and no process will run it
   */
  async start(task: Task): Promise<void> {
    const hasToEnd = this.#runner.hasToEnd(task);
    if (this.#isStopping && hasToEnd && !this.#records) throw new UnavailableError(new Error('this process ends'));
    const id = hasToEnd ? await this.#records?.add(task) : undefined;
    if (!this.#isStopping) this.#begin(task, id, 1);
  }

  get #isStopping(): boolean {
    return this.#timeLeft <= 0;
  }

  /** Continues the tasks of an earlier process. Call it once posts can reach clients. */
  resume(): void {
    for (const { id, task, tries } of this.#records?.left ?? []) {
      this.#begin(task, id, tries + 1);
    }
  }

  isReplying(replyId: string): boolean {
    return [...this.#tasks].some((task) => task.replyId === replyId);
  }

  /** Tasks that run or wait for a retry. */
  get count(): number {
    return this.#running.count + this.#retries.size;
  }

  /** Resolves when all tasks have ended, including tasks that they start. */
  idle(): Promise<void> {
    return this.#running.idle();
  }

  /** Starts no more tasks, and waits for running ones, up to the grace period. Later errors are not logged. */
  async stop(graceMilliseconds: number): Promise<void> {
    this.#timeLeft = 0;
    for (const cancel of this.#retries) cancel();
    this.#retries.clear();
    const grace = new Promise((resolve) => setTimeout(resolve, graceMilliseconds).unref());
    await Promise.race([this.idle(), grace]);
    this.#abandoned = true;
  }

  #begin(task: Task, id: string | undefined, tries: number): void {
    this.#tasks.add(task);
    void this.#running.add(this.#runLater(task, id, tries)).finally(() => this.#tasks.delete(task));
  }

  async #runLater(task: Task, id: string | undefined, tries: number): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
    try {
      if (tries > TRIES) await this.#runner.failed(task)?.();
      else await this.#runner.run(task, { getRemainingTimeInMillis: () => this.#timeLeft, isRetry: tries > 1 });
      if (id !== undefined && !this.#abandoned) this.#records?.remove(id);
    } catch (error) {
      await this.#retry(task, id, tries, error);
    }
  }

  /** A task with a record continues after a restart; any other must end before the process does. */
  async #retry(task: Task, id: string | undefined, tries: number, error: unknown): Promise<void> {
    if (this.#abandoned) return;
    const hasToEnd = this.#runner.hasToEnd(task);
    if (!this.#isStopping || !hasToEnd) this.#log.error('task_failed', error, { task: task.task });
    if (!hasToEnd) return this.#retryUntilStop(task, tries);
    if (tries >= TRIES + LAST_TRIES || (this.#isStopping && id !== undefined)) return;
    if (!this.#isStopping) await this.#clock.sleep(RETRY_WAITS[tries - 1] ?? RETRY_WAITS[2]);
    if (id !== undefined) this.#records?.tried(id, task, tries);
    await this.#runLater(task, id, this.#isStopping ? Math.max(TRIES, tries) + 1 : tries + 1);
  }

  #retryUntilStop(task: Task, tries: number): void {
    if (this.#isStopping || tries >= TRIES || !this.#runner.isRetried(task)) return;
    const cancel = this.#clock.setTimer(RETRY_WAITS[tries - 1] ?? RETRY_WAITS[2], () => {
      this.#retries.delete(cancel);
      void this.#running.add(this.#runLater(task, undefined, tries + 1));
    });
    this.#retries.add(cancel);
  }
}
