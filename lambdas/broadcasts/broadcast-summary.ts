/** A broadcast as its reader wants it: the segments added up. */
import type { BroadcastState } from './broadcast-store';
import { addCounts, type Counts, NO_COUNTS } from './counts';

/**
 * Milliseconds after which a segment that has neither finished nor moved is most likely lost. A page takes seconds; a task
 * that ends in an error is tried again within 3 minutes, and one that hangs is ended by Lambda after 15.
 */
const STALLED_AFTER = 20 * 60_000;

export interface BroadcastSummary extends Counts {
  broadcastId: string;
  startedAt: string;
  /** When a checkpoint was last written, or it began. */
  updatedAt: string;
  /** Absent while it runs. */
  finishedAt?: string;
  /** Some segment seems to be lost: it will not finish by itself, though it may if its task is started again. */
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
