/** Broadcasts in this process's memory; over a limit the oldest go. */
import type { Broadcast, BroadcastStore, Progress } from '../../lambdas/ports/broadcast-store';

interface Entry {
  broadcast: Broadcast;
  progress: Map<number, Progress>;
}

/** @param limit  how many are kept */
export function createMemoryBroadcasts(limit = 1_000): BroadcastStore {
  const entries = new Map<string, Entry>();
  return {
    async save(broadcast) {
      entries.set(broadcast.broadcastId, { broadcast: { ...broadcast }, progress: new Map() });
      const [oldest] = entries.keys();
      if (entries.size > limit && oldest !== undefined) entries.delete(oldest);
    },

    async checkpoint(broadcastId, segment, progress) {
      const entry = entries.get(broadcastId);
      if (!entry) return false;
      const { broadcast, progress: known } = entry;
      const { pages, run } = known.get(segment) ?? { pages: 0, run: undefined };
      const follows = pages === progress.pages - 1 || (pages === progress.pages && run === progress.run);
      if (follows) known.set(segment, { ...progress });
      const finished = [...known.values()].filter((one) => one.finished);
      if (finished.length === broadcast.segments) delete broadcast.text; // by far its largest part
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
