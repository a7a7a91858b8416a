/**
 * Limits how many replies of one client run at a time, so that no client can take every slot (tested in
 * `test/contract/dynamodb-reply-queue.ts`).
 */
import type { Task } from './tasks';

/** How long a reply may wait, in seconds. One that has waited longer fails when its turn comes. */
export const WAITING_SECONDS = 86_400;

/** A task that answers a question. */
export interface ReplyTask extends Task {
  clientId: string;
  replyId: string;
  /** When the question arrived, ISO-8601. Tasks that wait start in this order. */
  at: string;
}

export interface ReplyQueue {
  /**
   * Takes one of the client's slots; a reply that already has one keeps it, for at most `REPLY_SECONDS`.
   * @returns false if all are taken: the task is stored, and starts when a reply of this client leaves
   */
  enter(task: ReplyTask, maxPerClient: number): Promise<boolean>;

  /**
   * Frees the slot of a reply, and starts the client's longest waiting task.
   * @param start  at least once: can be called again with a task that it has started
   */
  leave(task: ReplyTask, start: (task: ReplyTask) => Promise<void>): Promise<void>;
}

/** For a host whose process limits the replies itself, before their tasks run. */
export const NO_REPLY_QUEUE: ReplyQueue = { enter: async () => true, leave: async () => {} };
