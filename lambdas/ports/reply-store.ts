/** Replies that tasks generate: which run is current, and whether the client cancelled (contract: `test/contract/reply-store.ts`). */

/** Retention in seconds: longer than a task with all its retries can take. */
export const REPLY_SECONDS = 7_200;

/** The question that a reply answers. */
export interface ReplyKey {
  clientId: string;
  /** The `message_id` of the question, or the reply's id if the question has none. */
  messageId: string;
}

export interface ReplyState {
  /** The reply that last waited or began for this question. Undefined if a cancel arrived first. */
  replyId: string | undefined;
  /** 1 for the first run of this reply; 0 while it waits, or if only a cancel came. */
  run: number;
  /** When the question was last cancelled, in milliseconds since 1970. */
  cancelledAt: number | undefined;
}

export interface ReplyStore {
  /** Records that a reply waits for its turn. A no-op if it has waited or begun before. */
  wait(key: ReplyKey, replyId: string): Promise<void>;

  /** Begins a run of a reply. Runs are numbered 1, 2, 3 …; a run that finds a later one stops. */
  begin(key: ReplyKey, replyId: string): Promise<ReplyState>;

  /** The state of a reply. It may be a moment old. Undefined if the store does not know the question. */
  get(key: ReplyKey): Promise<ReplyState | undefined>;

  /** Records that the client no longer wants an answer to a question. The question may arrive later. */
  cancel(key: ReplyKey): Promise<void>;

  /**
   * Calls back on a cancel, on hosts with a single process.
   * @returns a function that stops watching
   */
  onCancel?(key: ReplyKey, callback: () => void): () => void;
}
