/** Broadcasts in this process's memory; over a limit the oldest go. */
import type {
  Broadcast,
  BroadcastState,
  BroadcastStore,
  LoggedBroadcast,
  Progress,
} from '../../lambdas/ports/broadcast-store';
import type { Clock } from '../../lambdas/ports/runtime';
import { broadcastPositionAt } from '../../lambdas/protocol/position';

interface Entry {
  broadcast: Broadcast;
  progress: Map<number, Progress>;
}

/** Told what changes. */
export interface BroadcastChanges {
  saved(broadcast: Broadcast): void;
  progressed(broadcastId: string, segment: number, progress: Progress): void;
  forgotten(broadcast: Broadcast): void;
  logged(broadcast: LoggedBroadcast): void;
  unlogged(position: string): void;
}

/** Told of a broadcast whose segments have all finished. */
export interface BroadcastWatch {
  finished(state: BroadcastState): void;
}

export interface MemoryBroadcastsOptions {
  clock: Clock;
  /** Seconds that a broadcast stays in the log. */
  historySeconds: number;
  /** How many broadcasts are kept. */
  limit?: number;
  changes?: BroadcastChanges;
  watch?: BroadcastWatch;
  /** From an earlier process, the oldest first. */
  known?: { broadcasts: readonly BroadcastState[]; log: readonly LoggedBroadcast[] };
}

/** Characters of the log: the oldest broadcasts go first. */
const MAX_LOG_CHARACTERS = 16 * 1_048_576;

export function createMemoryBroadcasts({
  clock,
  historySeconds,
  limit = 1_000,
  changes,
  watch,
  known: { broadcasts: earlier, log: earlierLog } = { broadcasts: [], log: [] },
}: MemoryBroadcastsOptions): BroadcastStore {
  const entries = new Map<string, Entry>(earlier.map((state) => [state.broadcast.broadcastId, entryOf(state)]));
  /** By position. */
  const log: LoggedBroadcast[] = [...earlierLog];
  /** Characters. */
  let logged = log.reduce((sum, { text }) => sum + text.length, 0);

  function dropOld(): void {
    const start = broadcastPositionAt(clock.now() - historySeconds * 1_000);
    while (log[0] && (log[0].position < start || log.length > limit || logged > MAX_LOG_CHARACTERS)) {
      const { position, text } = log.shift() as LoggedBroadcast;
      logged -= text.length;
      changes?.unlogged(position);
    }
  }

  return {
    async log(broadcast) {
      const before = log.findLastIndex(({ position }) => position <= broadcast.position);
      if (log[before]?.position === broadcast.position) return;
      log.splice(before + 1, 0, { ...broadcast });
      logged += broadcast.text.length;
      changes?.logged(broadcast);
      dropOld();
    },

    async logged(after, maxCharacters) {
      dropOld();
      const broadcasts: LoggedBroadcast[] = [];
      let characters = 0;
      for (const broadcast of log) {
        if (broadcast.position <= after) continue;
        characters += broadcast.text.length;
        if (broadcasts.length > 0 && characters > maxCharacters) return { broadcasts, hasMore: true };
        broadcasts.push({ ...broadcast });
      }
      return { broadcasts, hasMore: false };
    },

    async save(broadcast) {
      entries.set(broadcast.broadcastId, { broadcast: { ...broadcast }, progress: new Map() });
      changes?.saved({ ...broadcast });
      const [oldest] = entries.values();
      if (entries.size <= limit || !oldest) return;
      entries.delete(oldest.broadcast.broadcastId);
      changes?.forgotten(oldest.broadcast);
    },

    async checkpoint(broadcastId, segment, progress) {
      const entry = entries.get(broadcastId);
      if (!entry) return false;
      const { broadcast, progress: known } = entry;
      const { pages, run } = known.get(segment) ?? { pages: 0, run: undefined };
      const follows = pages === progress.pages - 1 || (pages === progress.pages && run === progress.run);
      if (!follows) return false;
      known.set(segment, { ...progress });
      changes?.progressed(broadcastId, segment, { ...progress });
      const finished = [...known.values()].filter((one) => one.finished);
      if (finished.length < broadcast.segments) return true;
      if (broadcast.text !== undefined) {
        delete broadcast.text; // by far its largest part
        changes?.saved(broadcast);
      }
      watch?.finished({ broadcast, progress: finished });
      return true;
    },

    async get(broadcastId) {
      const entry = entries.get(broadcastId);
      if (!entry) return undefined;
      const { broadcast, progress } = entry;
      const copyOf = (segment: number) => {
        const known = progress.get(segment);
        return known && { ...known };
      };
      return {
        broadcast: { ...broadcast },
        progress: Array.from({ length: broadcast.segments }, (_, segment) => copyOf(segment)),
      };
    },
  };
}

function entryOf({ broadcast, progress }: BroadcastState): Entry {
  const known = new Map<number, Progress>();
  for (const [segment, one] of progress.entries()) if (one) known.set(segment, one);
  return { broadcast, progress: known };
}
