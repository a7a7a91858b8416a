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
  /** An object for each `note`, so that an equal change noted later is told apart. */
  notes: Map<string, { change: PresenceChange }>;
  /** Milliseconds since 1970; undefined if no task is due. */
  startedAt?: number;
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
      const { notes, startedAt }: Pending = pending.get(group) ?? { notes: new Map() };
      const isStarting = startedAt === undefined || now - startedAt > LOST_AFTER_MS;
      pending.set(group, { notes: notes.set(clientId, { change }), startedAt: isStarting ? now : startedAt });
      return isStarting;
    },

    async noted(group) {
      const { notes }: Pending = pending.get(group) ?? { notes: new Map() };
      const found = [...notes];
      if (found.length > 0) pending.set(group, { notes });
      return {
        changes: new Map(found.map(([clientId, { change }]) => [clientId, change])),
        async remove() {
          for (const [clientId, note] of found) if (notes.get(clientId) === note) notes.delete(clientId);
          if (notes.size === 0) pending.delete(group);
          return false; // a newer one has started its own task
        },
      };
    },
  };
}
