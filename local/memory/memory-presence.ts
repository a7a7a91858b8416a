/** Watches of groups and changes to send, in memory: a watch belongs to a connection, and connections end with the process. */
import {
  LOST_AFTER_MS,
  MAX_WATCHERS,
  type PresenceChange,
  type PresenceStore,
  type Watch,
} from '../../lambdas/ports/presence-store';
import type { Clock } from '../../lambdas/ports/runtime';

interface Pending {
  changes: Map<string, PresenceChange>;
  /** Milliseconds since 1970. */
  startedAt: number;
}

export interface MemoryPresenceOptions {
  clock: Clock;
  /** Per group. */
  maxWatchers?: number;
}

export function createMemoryPresence({ clock, maxWatchers = MAX_WATCHERS }: MemoryPresenceOptions): PresenceStore {
  const watches = new Map<string, Map<string, Watch>>();
  const pending = new Map<string, Pending>();

  return {
    async watch(group, watch) {
      const own = watches.get(group) ?? new Map<string, Watch>();
      if (own.size >= maxWatchers && !own.has(watch.clientId)) return false;
      watches.set(group, own.set(watch.clientId, watch));
      return true;
    },

    async unwatch(group, clientId, connectionId) {
      const own = watches.get(group);
      if (connectionId !== undefined && own?.get(clientId)?.connectionId !== connectionId) return;
      own?.delete(clientId);
      if (own?.size === 0) watches.delete(group);
    },

    async isWatched(group) {
      return watches.has(group);
    },

    async watches(group) {
      return [...(watches.get(group)?.values() ?? [])];
    },

    async note(group, clientId, change) {
      const now = clock.now();
      const known = pending.get(group);
      const isStarting = known === undefined || now - known.startedAt > LOST_AFTER_MS;
      const changes = known?.changes ?? new Map<string, PresenceChange>();
      changes.set(clientId, change);
      if (isStarting) pending.set(group, { changes, startedAt: now });
      return isStarting;
    },

    async take(group) {
      const { changes = new Map() } = pending.get(group) ?? {};
      pending.delete(group);
      return changes;
    },
  };
}
