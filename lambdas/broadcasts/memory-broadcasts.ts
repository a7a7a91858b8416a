/** Broadcasts in this process's memory; the oldest go when there are too many. */
import type { Broadcast, BroadcastStore, Progress } from './broadcast-store';

interface Entry {
  broadcast: Broadcast;
  progress: Map<number, Progress>;
}

/** @param most  how many are kept */
export function createMemoryBroadcasts(most = 1_000): BroadcastStore {
  const entries = new Map<string, Entry>();
  return {
    async save(broadcast) {
      entries.set(broadcast.broadcastId, { broadcast: { ...broadcast }, progress: new Map() });
      const [oldest] = entries.keys();
      if (entries.size > most && oldest !== undefined) entries.delete(oldest);
    },

    async checkpoint(broadcastId, segment, progress) {
      const entry = entries.get(broadcastId);
      if (!entry) return false;
      const { broadcast, progress: known } = entry;
      const { pages, run } = known.get(segment) ?? { pages: 0, run: undefined };
      const follows = pages === progress.pages - 1 || (pages === progress.pages && run === progress.run);
      if (follows) known.set(segment, { ...progress });
      const finished = [...known.values()].filter((one) => one.finished);
      if (finished.length === broadcast.segments) delete broadcast.text; // by far the largest part of it
      return follows;
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
