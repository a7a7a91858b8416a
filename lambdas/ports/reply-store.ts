/** Replies that tasks make: which run makes one, and whether its client wants it no longer (`test/contract/reply-store.ts`). */

/** Seconds that a reply is remembered: longer than a task with all of its retries may take. */
export const REPLY_SECONDS = 7_200;

/** The question that a reply answers. */
export interface ReplyKey {
  clientId: string;
  /** The client's own id of the question, or that of the reply where the question has none. */
  messageId: string;
}

export interface ReplyState {
  /** The reply that began last for this question. Undefined where a cancel came before it. */
  replyId: string | undefined;
  /** 1 for the first run of this reply; 0 where none has begun. */
  run: number;
  /** When the question was cancelled last, milliseconds since 1970. */
  cancelledAt: number | undefined;
}

export interface ReplyStore {
  /** Begins a run of a reply. Runs of one reply count 1, 2, 3 …; a run that finds a later one stops. */
  begin(key: ReplyKey, replyId: string): Promise<ReplyState>;

  /** The state of a reply. It may be a moment old. Undefined if the store does not know the question. */
  get(key: ReplyKey): Promise<ReplyState | undefined>;

  /** Notes that the client wants no answer to a question any more. The question may come later. */
  cancel(key: ReplyKey): Promise<void>;

  /**
   * Calls back at a cancel, on hosts where everything is one process.
   * @returns stops watching
   */
  onCancel?(key: ReplyKey, callback: () => void): () => void;
}
