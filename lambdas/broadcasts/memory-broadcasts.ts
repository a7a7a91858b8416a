/** Broadcasts in this process's memory; the oldest go when there are too many. */
import type { Broadcast, BroadcastStore } from './broadcast-store';

/** @param most  how many are kept */
export function createMemoryBroadcasts(most = 1_000): BroadcastStore {
  const broadcasts = new Map<string, Broadcast>();
  return {
    async save(broadcast) {
      broadcasts.set(broadcast.broadcastId, { ...broadcast });
      const [oldest] = broadcasts.keys();
      if (broadcasts.size > most && oldest !== undefined) broadcasts.delete(oldest);
    },
    async get(broadcastId) {
      const broadcast = broadcasts.get(broadcastId);
      return broadcast && { ...broadcast };
    },
  };
}
