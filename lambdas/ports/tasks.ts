/** Work that goes on after a handler has answered. On AWS, an asynchronous Lambda invocation. */
import type { tasks } from '../routes';

export type TaskName = keyof typeof tasks;

/** What every task has; the file of its handler adds its own fields. Travels as JSON. */
export interface Task {
  task: TaskName;
}

export interface Tasks {
  /** Resolves when the task is certain to run, not when it has run. A task can run more than once. */
  start<T extends Task>(task: T): Promise<void>;
}

/** As Lambda tells it where a task's retries have failed. */
export interface FailedTask<T extends Task> {
  requestPayload: T;
}

/** What a task may ask about its own run; Lambda's context has it. */
export interface TaskContext {
  getRemainingTimeInMillis(): number;
  /** True where it is known that an earlier run has begun. Lambda does not tell. */
  isRetry?: boolean;
}
