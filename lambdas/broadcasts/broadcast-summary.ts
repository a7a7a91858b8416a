/** The state of a broadcast, summed over its segments. */
import type { BroadcastState, Counts } from '../ports/broadcast-store';
import { addCounts, NO_COUNTS } from './counts';

/**
 * Milliseconds without a checkpoint after which a segment counts as stalled. A page takes seconds; Lambda retries a failed task
 * within 3 minutes, and ends a hanging one after 15.
 */
const STALLED_AFTER = 20 * 60_000;

export interface BroadcastSummary extends Counts {
  broadcastId: string;
  startedAt: string;
  /** Time of the last checkpoint, or of the start. */
  updatedAt: string;
  /** Omitted while the broadcast is running. */
  finishedAt?: string;
  /** A segment seems lost: it will not finish unless its task is started again. */
  stalled: boolean;
}

/** @param now  milliseconds since 1970 */
export function summaryOf({ broadcast, progress }: BroadcastState, now: number): BroadcastSummary {
  const { broadcastId, startedAt } = broadcast;
  let counts: Counts = NO_COUNTS;
  let updatedAt = startedAt;
  let finished = 0;
  let stalled = false;
  for (const segment of progress) {
    const at = segment?.at ?? startedAt;
    if (at > updatedAt) updatedAt = at;
    if (segment) counts = addCounts(counts, segment);
    if (segment?.finished) finished += 1;
    else if (now - Date.parse(at) > STALLED_AFTER) stalled = true;
  }
  const finishedAt = finished === progress.length ? updatedAt : undefined;
  return { ...counts, broadcastId, startedAt, updatedAt, finishedAt, stalled };
}
