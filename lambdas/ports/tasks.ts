/** Work that continues after a handler has answered. On AWS, an asynchronous Lambda invocation. */
import type { tasks } from '../routes';

export type TaskName = keyof typeof tasks;

/** Common part of all tasks; each handler's file adds its own fields. Sent as JSON. */
export interface Task {
  task: TaskName;
}

export interface Tasks {
  /** Resolves when the task is certain to run, not when it has run. A task can run more than once. */
  start<T extends Task>(task: T): Promise<void>;

  /** Whether a task that makes this reply runs or waits to run, on hosts with a single process. */
  isReplying?(replyId: string): boolean;
}

/** What Lambda sends after the retries of a task failed. */
export interface FailedTask<T extends Task> {
  requestPayload: T;
}

/** Information about a task's own run, from Lambda's context. */
export interface TaskContext {
  getRemainingTimeInMillis(): number;
  /** True if an earlier run is known to have started. Lambda does not tell. */
  isRetry?: boolean;
}
