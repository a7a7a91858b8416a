/** Work that goes on after a handler has answered. On AWS an asynchronous Lambda invocation: what is not awaited there is lost. */

/** Greets a client that is about to be connected. */
export interface WelcomeTask {
  task: 'welcome';
  clientId: string;
  connectionId: string;
  /** An older connection of the client, which this one takes the place of. */
  replaced?: string;
}

/** Sends a broadcast to one share of the sessions, from where its last checkpoint is. */
export interface BroadcastSegmentTask {
  task: 'broadcast_segment';
  broadcastId: string;
  /** 0 to the broadcast's number of segments - 1. */
  segment: number;
}

export type Task = WelcomeTask | BroadcastSegmentTask;

export interface Tasks {
  /** Resolves when the task is certain to run, not when it has run. It can run more than once. */
  start(task: Task): Promise<void>;
}
