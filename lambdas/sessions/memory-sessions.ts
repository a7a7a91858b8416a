/** Sessions in this process's memory: what `npm start` runs on. Gone when the process ends, as its connections are. */
import { SESSION_TTL_SECONDS } from '../protocol/limits';
import type { Clock } from '../runtime';
import { orderFromCursor } from './cursor';
import { MemoryHistory, type MemoryHistoryOptions } from './memory-history';
import type { Session, SessionStore } from './session-store';

interface Entry {
  session: Session;
  /** Rises with each session opened; lists go by it, so that a page's end means something when rows come and go. */
  order: number;
  expiresAt: number;
}

export type MemorySessionsOptions = MemoryHistoryOptions & { clock: Clock };

export function createMemorySessions(options: MemorySessionsOptions): SessionStore {
  const { clock } = options;
  const entries = new Map<string, Entry>();
  const history = new MemoryHistory(options);
  let opened = 0;

  function living(clientId: string): Entry | undefined {
    const entry = entries.get(clientId);
    if (entry && entry.expiresAt <= clock.now()) {
      entries.delete(clientId);
      return undefined;
    }
    return entry;
  }

  function on(clientId: string, connectionId: string): Entry | undefined {
    const entry = living(clientId);
    return entry?.session.connectionId === connectionId ? entry : undefined;
  }

  return {
    async open(session) {
      entries.delete(session.clientId); // a Map keeps the place of a key that is set again
      opened += 1;
      entries.set(session.clientId, {
        session: { ...session },
        order: opened,
        expiresAt: clock.now() + SESSION_TTL_SECONDS * 1_000,
      });
    },

    async close(clientId, connectionId) {
      return on(clientId, connectionId) !== undefined && entries.delete(clientId);
    },

    async get(clientId) {
      const entry = living(clientId);
      return entry && { ...entry.session };
    },

    async touch(clientId, connectionId, at) {
      const entry = on(clientId, connectionId);
      if (!entry) return false;
      entry.session.messageCount += 1;
      entry.session.lastActivity = at;
      return true;
    },

    async list({ limit, cursor }, segment = { index: 0, total: 1 }) {
      const after = cursor === undefined ? 0 : orderFromCursor(cursor);
      const now = clock.now();
      const rows: Session[] = [];
      let last = 0;
      for (const { session, order, expiresAt } of entries.values()) {
        if (order <= after || order % segment.total !== segment.index || expiresAt <= now) continue;
        if (rows.length === limit) return { rows, cursor: String(last) };
        rows.push({ ...session });
        last = order;
      }
      return { rows };
    },

    async count() {
      const now = clock.now();
      for (const [clientId, { expiresAt }] of entries) {
        if (expiresAt > now) break; // entries are in the order of their ends
        entries.delete(clientId);
      }
      return entries.size;
    },

    async append(records) {
      history.append(...records);
    },

    async history(clientId, page) {
      return history.page(clientId, page);
    },
  };
}
