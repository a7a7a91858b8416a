/** Clients in this process's memory: gone when it ends, as its connections are. */
import { SEGMENTS } from '../../lambdas/broadcasts/broadcast';
import type { Client, ClientConnection, ClientStore } from '../../lambdas/ports/client-store';
import { newEpoch, type Position } from '../../lambdas/ports/position';
import { intervalOf, type RateLimit, verdictOf, WITHIN_RATE } from '../../lambdas/ports/rate-limit';
import type { Clock } from '../../lambdas/ports/runtime';
import { SESSION_TTL_SECONDS } from '../../lambdas/protocol/limits';
import { orderFromCursor } from './cursor';

/** A client, online or not. */
interface Entry {
  clientId: string;
  /** Undefined while it is offline. */
  connection: ClientConnection | undefined;
  /** The connection that was disconnected last: its late messages do not bring the client back. */
  endedConnection: string | undefined;
  lastActivity: string;
  messageCount: number;
  epoch: string;
  seq: number;
  /** Milliseconds since 1970: see `ports/rate-limit.ts`. */
  usedUpAt: number;
  /** Rises with each time that a client comes online: where it stands in lists. */
  order: number;
  /** Milliseconds since 1970: end of the session, by the platform. */
  sessionEndsAt: number;
  /** Milliseconds since 1970: the client is forgotten. */
  expiresAt: number;
}

/**
 * Online clients are dealt out to as many parts as a broadcast has segments, so that each is read without the others. With one list,
 * each segment walks through all clients: 32 of the 200 ms of a broadcast to 10,000.
 */
const PARTS = SEGMENTS;

/** Milliseconds that an offline client is remembered beyond its history, so that its positions go on. */
const GRACE = 86_400_000;

/** The most offline clients remembered: some 300 bytes each. A client that was forgotten begins a new epoch. */
const MAX_OFFLINE = 100_000;

/** Clients that go offline between two looks at which to forget. A look walks the list from its front, past the holes there. */
const FORGET_EVERY = 1_000;

export interface MemoryClientsOptions {
  clock: Clock;
  /** Seconds that a message is kept. */
  historySeconds: number;
  /** No limit where left out. */
  rateLimit?: RateLimit;
}

export function createMemoryClients({ clock, historySeconds, rateLimit }: MemoryClientsOptions): ClientStore {
  const entries = new Map<string, Entry>();
  /** Offline clients, the one that left first in front. */
  const offline = new Map<string, Entry>();
  const parts = Array.from({ length: PARTS }, () => new Map<string, Entry>());
  let onlineCount = 0;
  let opened = 0;
  let left = 0;

  const partOf = ({ order }: Entry) => parts[order % PARTS] as Map<string, Entry>;

  function known(clientId: string): Entry | undefined {
    const entry = entries.get(clientId);
    if (entry?.connection && entry.sessionEndsAt <= clock.now()) takeOffline(entry);
    return entry;
  }

  function newEntry(clientId: string): Entry {
    const entry: Entry = {
      clientId,
      connection: undefined,
      endedConnection: undefined,
      lastActivity: '',
      messageCount: 0,
      epoch: newEpoch(clock.now()),
      seq: 0,
      usedUpAt: 0,
      order: 0,
      sessionEndsAt: 0,
      expiresAt: 0,
    };
    entries.set(clientId, entry);
    return entry;
  }

  function bringOnline(entry: Entry, connection: ClientConnection): void {
    if (entry.connection) takeOffline(entry);
    offline.delete(entry.clientId);
    opened += 1;
    entry.order = opened;
    entry.connection = connection;
    entry.sessionEndsAt = Date.parse(connection.connectedAt) + SESSION_TTL_SECONDS * 1_000;
    partOf(entry).set(entry.clientId, entry);
    onlineCount += 1;
  }

  function takeOffline(entry: Entry): void {
    partOf(entry).delete(entry.clientId);
    entry.connection = undefined;
    entry.expiresAt = clock.now() + historySeconds * 1_000 + GRACE;
    offline.set(entry.clientId, entry);
    onlineCount -= 1;
    left += 1;
    if (left % FORGET_EVERY === 0) forgetSome();
  }

  function forgetSome(): void {
    const now = clock.now();
    for (const entry of offline.values()) {
      if (entry.expiresAt > now && offline.size <= MAX_OFFLINE) return;
      offline.delete(entry.clientId);
      entries.delete(entry.clientId);
    }
  }

  /** True where a message shows that its connection is the client's, though the client is offline or on an older one. */
  function mayBecomeCurrent({ connection: current, endedConnection }: Entry, connection: ClientConnection): boolean {
    if (endedConnection === connection.connectionId) return false;
    return current === undefined || current.connectedAt < connection.connectedAt;
  }

  return {
    async connect(connection) {
      const entry = known(connection.clientId) ?? newEntry(connection.clientId);
      const replaced = entry.connection;
      bringOnline(entry, connection);
      entry.lastActivity = connection.connectedAt;
      entry.messageCount = 0;
      if (!replaced || replaced.connectionId === connection.connectionId) return undefined;
      return { connectionId: replaced.connectionId, connectedAt: replaced.connectedAt };
    },

    async disconnect(clientId, connectionId) {
      const entry = known(clientId);
      const current = entry?.connection?.connectionId;
      if (!entry || (current !== undefined && current !== connectionId)) return false;
      entry.endedConnection = connectionId;
      if (current === undefined) return false;
      takeOffline(entry);
      return true;
    },

    async markGone(clientId, connectionId) {
      const entry = known(clientId);
      if (entry?.connection?.connectionId !== connectionId) return false;
      takeOffline(entry);
      return true;
    },

    async receive(connection, at, kind) {
      const entry = known(connection.clientId) ?? newEntry(connection.clientId);
      const isCurrent = entry.connection?.connectionId === connection.connectionId;
      if (!isCurrent && mayBecomeCurrent(entry, connection)) bringOnline(entry, connection);
      if (kind !== 'invalid') entry.messageCount += 1;
      entry.lastActivity = at;
      if (kind === 'durable') entry.seq += 1;
      if (!rateLimit) return { position: positionOf(entry), ...WITHIN_RATE };
      const now = clock.now();
      entry.usedUpAt = Math.max(entry.usedUpAt, now) + intervalOf(rateLimit);
      return { position: positionOf(entry), ...verdictOf(entry.usedUpAt, now, rateLimit) };
    },

    async startPush(clientId) {
      const entry = known(clientId);
      if (!entry?.connection) return undefined;
      entry.seq += 1;
      return { connection: entry.connection, position: positionOf(entry) };
    },

    async get(clientId) {
      return clientOf(known(clientId));
    },

    async getMany(clientIds) {
      return clientIds.flatMap((id) => clientOf(known(id)) ?? []);
    },

    async list(_everybody, { limit, cursor }, segment = { index: 0, total: 1 }) {
      const after = cursor === undefined ? 0 : orderFromCursor(cursor);
      const now = clock.now();
      const rows: ClientConnection[] = [];
      const first = cursor === undefined ? segment.index : after % PARTS;
      let last = 0;
      for (let part = first; part < PARTS; part += segment.total) {
        for (const { connection, order, sessionEndsAt } of parts[part]?.values() ?? []) {
          if (!connection || (part === first && order <= after) || sessionEndsAt <= now) continue;
          if (rows.length === limit) return { rows, cursor: String(last) };
          rows.push(connection);
          last = order;
        }
      }
      return { rows };
    },

    async count() {
      const now = clock.now();
      for (const part of parts) {
        for (const entry of part.values()) {
          if (entry.sessionEndsAt > now) break; // about in the order of their ends; `known` catches the others
          takeOffline(entry);
        }
      }
      return onlineCount;
    },
  };
}

function positionOf({ epoch, seq }: Entry): Position {
  return { epoch, seq };
}

function clientOf(entry: Entry | undefined): Client | undefined {
  if (!entry?.connection) return undefined;
  const { connection, lastActivity, messageCount } = entry;
  return { ...connection, lastActivity, messageCount };
}
