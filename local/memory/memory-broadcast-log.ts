/** In-memory log of broadcasts by position. */
import type { LoggedBroadcast, LogStretch } from '../../lambdas/ports/broadcast-log';
import type { Clock } from '../../lambdas/ports/runtime';
import { broadcastPositionAt } from '../../lambdas/protocol/position';

/** Called with changes. */
export interface LogChanges {
  logged(broadcast: LoggedBroadcast): void;
  /** @param lastDropped  the latest position that was dropped so far */
  unlogged(broadcast: LoggedBroadcast, lastDropped: string): void;
}

export interface MemoryLogOptions {
  clock: Clock;
  /** Seconds for which a broadcast is kept. */
  historySeconds: number;
  changes?: LogChanges;
  /** From an earlier process, oldest first. */
  known: readonly LoggedBroadcast[];
  /** The latest position that an earlier process dropped; empty if none. */
  lastDropped: string;
}

/** The size of a broadcast in addition to its text: an object and its place in the list, in characters. */
const OVERHEAD = 200;

export type MemoryLog = ReturnType<typeof createMemoryLog>;

export function createMemoryLog(options: MemoryLogOptions) {
  const { clock, historySeconds, changes, known } = options;
  const log: LoggedBroadcast[] = [...known];
  let characters = log.reduce((sum, { text }) => sum + text.length + OVERHEAD, 0);
  let { lastDropped } = options;

  function dropOldest(): void {
    const oldest = log.shift();
    if (!oldest) return;
    characters -= oldest.text.length + OVERHEAD;
    if (oldest.position > lastDropped) lastDropped = oldest.position;
    changes?.unlogged(oldest, lastDropped);
  }

  function dropExpired(): void {
    const start = broadcastPositionAt(clock.now() - historySeconds * 1_000);
    while (log[0] && log[0].position < start) dropOldest();
  }

  /** Index of the first broadcast after a position. */
  function indexAfter(position: string): number {
    let [low, high] = [0, log.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((log[middle] as LoggedBroadcast).position > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  return {
    dropOldest,

    /** Of all its broadcasts. */
    get characters(): number {
      return characters;
    },

    add(broadcast: LoggedBroadcast): void {
      const place = indexAfter(broadcast.position);
      if (log[place - 1]?.position === broadcast.position) return;
      log.splice(place, 0, { ...broadcast });
      characters += broadcast.text.length + OVERHEAD;
      changes?.logged(broadcast);
      dropExpired();
    },

    /** True if a broadcast after a position was dropped. */
    hasGap(after: string): boolean {
      dropExpired();
      return lastDropped > after;
    },

    /** The broadcasts after a position that pass the filter, oldest first. */
    after(position: string, limit: number, isWanted: (broadcast: LoggedBroadcast) => boolean): LogStretch {
      dropExpired();
      const broadcasts: LoggedBroadcast[] = [];
      let read = 0;
      for (let index = indexAfter(position); index < log.length; index++) {
        const broadcast = log[index] as LoggedBroadcast;
        if (!isWanted(broadcast)) continue;
        read += broadcast.text.length;
        if (broadcasts.length > 0 && read > limit) return { broadcasts, hasMore: true };
        broadcasts.push(broadcast);
      }
      return { broadcasts, hasMore: false };
    },
  };
}
