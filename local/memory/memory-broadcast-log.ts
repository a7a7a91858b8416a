/** In-memory log of broadcasts by position; above a limit the oldest are dropped. */
import type { LoggedBroadcast } from '../../lambdas/ports/broadcast-log';
import type { Clock } from '../../lambdas/ports/runtime';
import { broadcastPositionAt } from '../../lambdas/protocol/position';

/** Called with changes. */
export interface LogChanges {
  logged(broadcast: LoggedBroadcast): void;
  unlogged(broadcast: LoggedBroadcast): void;
}

export interface MemoryLogOptions {
  clock: Clock;
  /** Seconds for which a broadcast is kept. */
  historySeconds: number;
  /** Maximum number of broadcasts. */
  limit: number;
  changes?: LogChanges;
  /** From an earlier process, oldest first. */
  known: readonly LoggedBroadcast[];
}

/** Maximum characters of a log; the oldest broadcasts are dropped first. */
const MAX_CHARACTERS = 16 * 1_048_576;

export function createMemoryLog({ clock, historySeconds, limit, changes, known }: MemoryLogOptions) {
  const log: LoggedBroadcast[] = [...known];
  let characters = log.reduce((sum, { text }) => sum + text.length, 0);

  function dropOld(): void {
    const start = broadcastPositionAt(clock.now() - historySeconds * 1_000);
    while (log[0] && (log[0].position < start || log.length > limit || characters > MAX_CHARACTERS)) {
      const oldest = log.shift() as LoggedBroadcast;
      characters -= oldest.text.length;
      changes?.unlogged(oldest);
    }
  }

  return {
    add(broadcast: LoggedBroadcast): void {
      const before = log.findLastIndex(({ position }) => position <= broadcast.position);
      if (log[before]?.position === broadcast.position) return;
      log.splice(before + 1, 0, { ...broadcast });
      characters += broadcast.text.length;
      changes?.logged(broadcast);
      dropOld();
    },

    /** Those after a position, oldest first. */
    after(position: string): LoggedBroadcast[] {
      dropOld();
      return log.filter((broadcast) => broadcast.position > position);
    },
  };
}
