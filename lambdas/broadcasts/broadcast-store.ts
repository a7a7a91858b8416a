/** What is known of each broadcast: the interface that every store fulfils (`test/contract/broadcast-store.ts`). */

/** A broadcast and its counts. Times are ISO-8601 UTC with milliseconds. */
export interface Broadcast {
  broadcastId: string;
  messageId: string;
  /** How many were connected when it began, and tried. */
  recipients: number;
  delivered: number;
  /** Found to have left; their sessions are ended. */
  gone: number;
  /** Connected, and not reached: throttled to the end, or too slow. */
  failed: number;
  startedAt: string;
  /** Absent while it runs. */
  finishedAt?: string;
}

export interface BroadcastStore {
  /** Writes a broadcast, over what was known of it. */
  save(broadcast: Broadcast): Promise<void>;

  get(broadcastId: string): Promise<Broadcast | undefined>;
}
