/** Work that goes on after a handler has answered. On AWS an asynchronous Lambda invocation: what is not awaited there is lost. */

/** Greets a client that is about to be connected. */
export interface WelcomeTask {
  task: 'welcome';
  clientId: string;
  connectionId: string;
}

export type Task = WelcomeTask;

export interface Tasks {
  /** Resolves when the task is certain to run, not when it has run. */
  start(task: Task): Promise<void>;
}
