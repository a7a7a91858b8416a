/** Sessions in this process's memory: what `npm start` runs on. Gone when the process ends, as its connections are. */
import { SESSION_TTL_SECONDS } from '../protocol/limits';
import type { Clock } from '../runtime';
import { orderFromCursor } from './cursor';
import { MemoryHistory, type MemoryHistoryOptions } from './memory-history';
import type { Session, SessionStore } from './session-store';

interface Entry {
  session: Session;
  /** Rises with each session opened. A list goes part by part, and by this within one: a page's end stays where it was when rows come and go. */
  order: number;
  expiresAt: number;
}

/**
 * The sessions are dealt out to so many parts, so that a segment is read without the others: as many as a broadcast has tasks.
 * Each of them going through all sessions was 32 of the 200 ms of a broadcast to 10,000.
 */
const PARTS = 16;

export type MemorySessionsOptions = MemoryHistoryOptions & { clock: Clock };

export function createMemorySessions(options: MemorySessionsOptions): SessionStore {
  const { clock } = options;
  const entries = new Map<string, Entry>();
  /** The same, by what their order leaves when divided by the number of parts. */
  const parts = Array.from({ length: PARTS }, () => new Map<string, Entry>());
  const history = new MemoryHistory(options);
  let opened = 0;

  const partOf = ({ order }: Entry) => parts[order % PARTS] as Map<string, Entry>;

  function add(entry: Entry): void {
    entries.set(entry.session.clientId, entry);
    partOf(entry).set(entry.session.clientId, entry);
  }

  function remove(entry: Entry): void {
    entries.delete(entry.session.clientId);
    partOf(entry).delete(entry.session.clientId);
  }

  function living(clientId: string): Entry | undefined {
    const entry = entries.get(clientId);
    if (entry && entry.expiresAt <= clock.now()) {
      remove(entry);
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
      const replaced = living(session.clientId);
      if (replaced) remove(replaced);
      opened += 1;
      add({ session: { ...session }, order: opened, expiresAt: clock.now() + SESSION_TTL_SECONDS * 1_000 });
      const connectionId = replaced?.session.connectionId;
      return connectionId === session.connectionId ? undefined : connectionId;
    },

    async close(clientId, connectionId) {
      const entry = on(clientId, connectionId);
      if (!entry) return false;
      remove(entry);
      return true;
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
      const first = cursor === undefined ? segment.index : after % PARTS;
      let last = 0;
      for (let part = first; part < PARTS; part += segment.total) {
        for (const { session, order, expiresAt } of parts[part]?.values() ?? []) {
          if ((part === first && order <= after) || expiresAt <= now) continue;
          if (rows.length === limit) return { rows, cursor: String(last) };
          rows.push({ ...session });
          last = order;
        }
      }
      return { rows };
    },

    async count() {
      const now = clock.now();
      for (const entry of entries.values()) {
        if (entry.expiresAt > now) break; // entries are in the order of their ends
        remove(entry);
      }
      return entries.size;
    },

    async append(records) {
      history.append(records);
    },

    async history(clientId, page) {
      return history.page(clientId, page);
    },
  };
}
