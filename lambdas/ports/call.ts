/** A tool call to a client, as stored in its history item. */

/** Progress reported by the client. */
export interface CallProgress {
  /** Never decreases. */
  progress: number;
  total?: number;
  message?: string;
}

/** How a call ended. */
export interface CallEnd {
  status: 'completed' | 'failed' | 'cancelled';
  /** Id of the run that ended it, so that a repeated write recognizes itself. */
  by: string;
}

export interface CallState {
  /** The `message_id` of its frame. */
  messageId: string;
  /** Milliseconds since 1970. A call that has not ended by then counts as expired; nothing runs at that time. */
  deadline: number;
  /**
   * Set while the call may be held for a client that is away: the deadline that applies once the client has the call. Until then,
   * `deadline` is the end of the hold.
   */
  answerBy?: number;
  progress?: CallProgress;
  end?: CallEnd;
}

export type CallStatus = 'pending' | 'expired' | CallEnd['status'];

/** @param now  milliseconds since 1970 */
export function statusOf({ end, deadline }: CallState, now: number): CallStatus {
  if (end) return end.status;
  return deadline <= now ? 'expired' : 'pending';
}

/** Progress as a sentence. */
export function statusMessageOf({ progress, total, message }: CallProgress): string {
  const share = total === undefined ? String(progress) : `${progress} of ${total}`;
  return message === undefined ? share : `${share}: ${message}`;
}
