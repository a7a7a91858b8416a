/** In-memory clients. Their connections end with the process; a durable store gets the changes that survive it. */
import { SEGMENTS } from '../../lambdas/broadcasts/broadcast';
import {
  type Client,
  type ClientAudience,
  type ClientConnection,
  type ClientStore,
  EVERYBODY,
  NotOwnedError,
  REMEMBERED_NUMBERS,
  type Repeat,
  type Segment,
} from '../../lambdas/ports/client-store';
import type { PageRequest } from '../../lambdas/ports/page';
import { intervalOf, ownLimit, type RateLimit, verdictOf, WITHIN_RATE } from '../../lambdas/ports/rate-limit';
import type { Clock } from '../../lambdas/ports/runtime';
import { SESSION_TTL_SECONDS } from '../../lambdas/protocol/limits';
import type { SenderNumber } from '../../lambdas/protocol/marks';
import { newEpoch, type Position } from '../../lambdas/protocol/position';
import { orderFromCursor } from './cursor';
import { LabelIndex } from './label-index';

/** The part of a client that survives a restart. */
export interface KnownClient {
  clientId: string;
  epoch: string;
  seq: number;
  ackedSeq: number;
  labels: readonly string[];
  /** The sender's last numbers, each in its slot; undefined for a client that sends no numbers. */
  numbers: (Taken | undefined)[] | undefined;
  /** When the client is forgotten, milliseconds since 1970. Infinity while it is online. */
  expiresAt: number;
}

/** An accepted message, by its sender's number. */
export interface Taken extends SenderNumber {
  seq: number;
  takenAt: number;
}

/** Called with changes. The client object keeps changing, so read it only when writing. */
export interface ClientChanges {
  changed(client: KnownClient): void;
  /** @param slot  in its `numbers` */
  numberChanged(client: KnownClient, slot: number): void;
  forgotten(client: KnownClient): void;
}

/** The groups of a token are known only while its client is online. */
export type FindLabelled = (clientId: string) => Pick<ClientConnection, 'clientId' | 'labels' | 'groups'> | undefined;

/** Called when clients connect and disconnect. */
export interface PresenceWatch {
  /**
   * @param at  the time of the connection, or of the message that brought the client back
   * @param replaced  true if the client was already online, on an older connection
   */
  cameOnline(connection: ClientConnection, at: string, replaced: boolean): void;
  wentOffline(connection: ClientConnection): void;
  /** Called for a client that was online when an earlier process ended. */
  wasOnline(clientId: string): void;
  /** Called first. @param find  looks up a client, online or away, for its labels and groups */
  useDirectory(find: FindLabelled): void;
}

/** A client, online or not. */
interface Entry extends KnownClient {
  /** Undefined while it is offline. */
  connection: ClientConnection | undefined;
  /** The last closed connection: its late messages do not bring the client back. */
  endedConnection: string | undefined;
  lastActivity: string;
  messageCount: number;
  /** Milliseconds since 1970: see `ports/rate-limit.ts`. */
  usedUpAt: number;
  /** Increases each time that a client comes online; determines its order in lists. */
  order: number;
  /** When the platform ends the session, milliseconds since 1970. */
  sessionEndsAt: number;
}

/**
 * Online clients are split into as many parts as a broadcast has segments, so that each segment reads only its own. With a single list
 * each segment would walk through all clients: 32 of the 200 ms of a broadcast to 10,000.
 */
const PARTS = SEGMENTS;

/**
 * Clients in one part that came online one after the other. The memory of their sockets is close together, which makes writing to them in
 * turn cheaper.
 */
const RUN = 50;

/** How long an offline client is remembered after its history expires, in milliseconds, so that its positions continue. */
const GRACE = 86_400_000;

/** Maximum number of remembered offline clients, some 300 bytes each. A forgotten client begins a new epoch. */
const MAX_OFFLINE = 100_000;

/** Changes of offline clients between two clean-ups. A clean-up walks the list from its front, past removed entries. */
const FORGET_EVERY = 1_000;

export interface MemoryClientsOptions {
  clock: Clock;
  /** Seconds for which a message is kept. */
  historySeconds: number;
  /** No limit by default. */
  rateLimit?: RateLimit;
  changes?: ClientChanges;
  presence?: PresenceWatch;
  /** Called for each forgotten client: the next client with its id must not see its data. */
  onForgotten?(clientId: string): void;
  /** From an earlier process, ordered by the time when they left. */
  known?: Iterable<KnownClient>;
}

export function createMemoryClients(options: MemoryClientsOptions): ClientStore {
  const { clock, historySeconds, rateLimit, changes, presence } = options;
  const entries = new Map<string, Entry>();
  /** Offline clients, ordered by the time when they left. */
  const offline = new Map<string, Entry>();
  const parts = Array.from({ length: PARTS }, () => new Map<string, Entry>());
  const labelled = new LabelIndex<Entry>();
  let onlineCount = 0;
  let opened = 0;
  let left = 0;

  const partOf = ({ order }: Entry) => parts[partAt(order)] as Map<string, Entry>;

  function known(clientId: string): Entry | undefined {
    const entry = entries.get(clientId);
    if (entry?.connection && entry.sessionEndsAt <= clock.now()) takeOffline(entry);
    if (!entry || entry.connection || entry.expiresAt > clock.now()) return entry;
    forget(entry);
    return undefined;
  }

  function newEntry(clientId: string): Entry {
    const epoch = newEpoch(clock.now());
    const entry = entryOf({ clientId, epoch, seq: 0, ackedSeq: 0, labels: [], numbers: undefined, expiresAt: 0 });
    entries.set(clientId, entry);
    keepOffline(entry);
    return entry;
  }

  /** Remembers an offline client, from now on, for as long as it can have history. */
  function keepOffline(entry: Entry): void {
    entry.expiresAt = clock.now() + historySeconds * 1_000 + GRACE;
    offline.delete(entry.clientId);
    offline.set(entry.clientId, entry);
    changes?.changed(entry);
    left += 1;
    if (left % FORGET_EVERY === 0) forgetSome();
  }

  function bringOnline(entry: Entry, connection: ClientConnection, at: string): void {
    const isReplacing = entry.connection !== undefined;
    if (isReplacing) endConnection(entry);
    offline.delete(entry.clientId);
    opened += 1;
    entry.order = opened;
    entry.connection = connection;
    entry.labels = connection.labels;
    entry.expiresAt = Number.POSITIVE_INFINITY;
    changes?.changed(entry);
    entry.sessionEndsAt = Date.parse(connection.connectedAt) + SESSION_TTL_SECONDS * 1_000;
    partOf(entry).set(entry.clientId, entry);
    labelled.add(entry, connection.labels);
    onlineCount += 1;
    presence?.cameOnline(connection, at, isReplacing);
  }

  function takeOffline(entry: Entry): void {
    const { connection } = entry;
    endConnection(entry);
    if (connection) presence?.wentOffline(connection);
  }

  function endConnection(entry: Entry): void {
    partOf(entry).delete(entry.clientId);
    labelled.remove(entry, entry.connection?.labels ?? []);
    entry.connection = undefined;
    onlineCount -= 1;
    keepOffline(entry);
  }

  /** Online clients of an audience, in the order in which they came online. */
  function* living(audience: ClientAudience): Generator<Entry & { connection: ClientConnection }> {
    const now = clock.now();
    const some =
      audience.kind === 'everybody' ? parts.flatMap((part) => [...part.values()]) : labelled.of(audience.label);
    for (const entry of some) {
      const { connection, sessionEndsAt } = entry;
      if (!connection || sessionEndsAt <= now) continue;
      if (audience.kind === 'owner' && connection.labels[0] !== audience.label) continue;
      yield entry as Entry & { connection: ClientConnection };
    }
  }

  function listLabelled(audience: ClientAudience, { limit, cursor }: PageRequest, { index, total }: Segment) {
    const after = cursor === undefined ? 0 : orderFromCursor(cursor);
    const rows: ClientConnection[] = [];
    let last = 0;
    for (const { connection, order } of living(audience)) {
      if (order <= after || partAt(order) % total !== index) continue;
      if (rows.length === limit) return { rows, cursor: String(last) };
      rows.push(connection);
      last = order;
    }
    return { rows };
  }

  function forgetSome(): void {
    const now = clock.now();
    for (const entry of offline.values()) {
      if (entry.expiresAt > now) break;
      forget(entry);
    }
    if (offline.size > MAX_OFFLINE) forgetSurplus();
  }

  /** Forgets clients of the owners that have the most, so that one cannot make the server forget the clients of others. */
  function forgetSurplus(): void {
    const counts = new Map<string, number>();
    for (const entry of offline.values()) counts.set(ownerOf(entry), (counts.get(ownerOf(entry)) ?? 0) + 1);
    const share = shareOf(MAX_OFFLINE, [...counts.values()]);
    for (const entry of offline.values()) {
      const count = counts.get(ownerOf(entry)) ?? 0;
      if (count <= share) continue;
      forget(entry);
      counts.set(ownerOf(entry), count - 1);
      if (offline.size <= MAX_OFFLINE) return;
    }
  }

  function forget(entry: Entry): void {
    offline.delete(entry.clientId);
    entries.delete(entry.clientId);
    changes?.forgotten(entry);
    options.onForgotten?.(entry.clientId);
  }

  /** True if a message proves that its connection is current, although the client is recorded as offline or on an older one. */
  function mayBecomeCurrent({ connection: current, endedConnection }: Entry, connection: ClientConnection): boolean {
    if (endedConnection === connection.connectionId) return false;
    return current === undefined || current.connectedAt < connection.connectedAt;
  }

  function takenOf({ numbers }: Entry, { sender, number }: SenderNumber): Taken | undefined {
    const taken = numbers?.[number % REMEMBERED_NUMBERS];
    return taken?.sender === sender && taken.number >= number ? taken : undefined;
  }

  function repeatOf(entry: Entry, sent: SenderNumber): Repeat | undefined {
    const taken = takenOf(entry, sent);
    if (!taken) return undefined;
    const position = taken.number === sent.number ? { epoch: entry.epoch, seq: taken.seq } : undefined;
    return { position, takenAt: taken.takenAt };
  }

  function nextPosition(entry: Entry, sent?: SenderNumber): Position {
    entry.seq += 1;
    if (entry.connection) changes?.changed(entry);
    else keepOffline(entry);
    if (sent) setNumber(entry, sent, { ...sent, seq: entry.seq, takenAt: clock.now() });
    return positionOf(entry);
  }

  function setNumber(entry: Entry, { number }: SenderNumber, taken: Taken | undefined): void {
    const slot = number % REMEMBERED_NUMBERS;
    entry.numbers ??= [];
    entry.numbers[slot] = taken;
    changes?.numberChanged(entry, slot);
  }

  presence?.useDirectory((clientId) => {
    const entry = entries.get(clientId);
    return entry?.connection ?? entry;
  });
  for (const client of options.known ?? []) {
    const entry = entryOf(client);
    entries.set(entry.clientId, entry);
    if (Number.isFinite(entry.expiresAt)) offline.set(entry.clientId, entry);
    else {
      keepOffline(entry);
      presence?.wasOnline(entry.clientId);
    }
  }
  forgetSome();

  return {
    async connect(connection) {
      const { owner } = connection;
      const before = known(connection.clientId);
      if (owner !== undefined && before && before.labels[0] !== owner) throw new NotOwnedError('not the owner');
      const entry = before ?? newEntry(connection.clientId);
      const replaced = entry.connection;
      bringOnline(entry, connection, connection.connectedAt);
      entry.lastActivity = connection.connectedAt;
      entry.messageCount = 0;
      const position = positionOf(entry);
      if (!replaced || replaced.connectionId === connection.connectionId) return { position };
      return { position, replaced: { connectionId: replaced.connectionId, connectedAt: replaced.connectedAt } };
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

    receive(connection, at, kind, { sent, acked } = {}) {
      const entry = known(connection.clientId) ?? newEntry(connection.clientId);
      const isCurrent = () => entry.connection?.connectionId === connection.connectionId;
      if (!isCurrent() && mayBecomeCurrent(entry, connection)) bringOnline(entry, connection, at);
      if (isCurrent()) entry.lastActivity = at;
      if (kind !== 'invalid') entry.messageCount += 1;
      const received = Math.min(acked ?? 0, entry.seq);
      if (received > entry.ackedSeq) {
        entry.ackedSeq = received;
        changes?.changed(entry);
      }
      const repeat = sent && repeatOf(entry, sent);
      if (kind === 'deferred' && sent && !repeat) setNumber(entry, sent, { ...sent, seq: 0, takenAt: clock.now() });
      const position = kind === 'durable' && !repeat ? nextPosition(entry, sent) : positionOf(entry);
      const { messageRate } = connection;
      const limit = messageRate === undefined ? rateLimit : ownLimit(messageRate, rateLimit);
      if (!limit) return { position, repeat, ...WITHIN_RATE };
      const now = clock.now();
      entry.usedUpAt = Math.max(entry.usedUpAt, now) + intervalOf(limit);
      return { position, repeat, ...verdictOf(entry.usedUpAt, now, limit) };
    },

    async takePosition(clientId, sent) {
      const entry = known(clientId) ?? newEntry(clientId);
      return nextPosition(entry, sent && takenOf(entry, sent)?.number === sent.number ? sent : undefined);
    },

    async takeOver(clientId, sent, takenAt) {
      const entry = known(clientId);
      const taken = entry && takenOf(entry, sent);
      if (taken?.number !== sent.number || taken.takenAt !== takenAt) return undefined;
      return nextPosition(entry as Entry, sent);
    },

    async forgetNumber(clientId, sent) {
      const entry = known(clientId);
      if (entry && takenOf(entry, sent)?.number === sent.number) setNumber(entry, sent, undefined);
    },

    async startPush(clientId, mayBeAway = false) {
      const entry = known(clientId);
      if (!entry || (!entry.connection && !mayBeAway)) return undefined;
      return { connection: entry.connection, position: nextPosition(entry) };
    },

    async get(clientId) {
      return clientOf(known(clientId));
    },

    async labelsOf(clientId) {
      return known(clientId)?.labels;
    },

    async getMany(clientIds) {
      return clientIds.flatMap((id) => clientOf(known(id)) ?? []);
    },

    async list(audience, page, segment = { index: 0, total: 1 }) {
      if (audience.kind !== 'everybody') return listLabelled(audience, page, segment);
      const { limit, cursor } = page;
      const after = cursor === undefined ? 0 : orderFromCursor(cursor);
      const now = clock.now();
      const rows: ClientConnection[] = [];
      const first = cursor === undefined ? segment.index : partAt(after);
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

    async count(audience = EVERYBODY) {
      if (audience.kind !== 'everybody') return [...living(audience)].length;
      const now = clock.now();
      for (const part of parts) {
        for (const entry of part.values()) {
          if (entry.sessionEndsAt > now) break; // roughly ordered by expiry; `known` handles the exceptions
          takeOffline(entry);
        }
      }
      return onlineCount;
    },

    async countLabels(audience = EVERYBODY) {
      const counts = new Map<string, number>();
      for (const { connection } of living(audience)) {
        for (const label of connection.labels) counts.set(label, (counts.get(label) ?? 0) + 1);
      }
      return counts;
    },
  };
}

/** Index of the part of a client. */
function partAt(order: number): number {
  return Math.floor((order - 1) / RUN) % PARTS;
}

/** A client without a connection. */
function entryOf(client: KnownClient): Entry {
  const { clientId, epoch, seq, ackedSeq, labels, numbers, expiresAt } = client;
  return {
    clientId,
    connection: undefined,
    endedConnection: undefined,
    lastActivity: '',
    messageCount: 0,
    epoch,
    seq,
    ackedSeq,
    labels,
    numbers,
    usedUpAt: 0,
    order: 0,
    sessionEndsAt: 0,
    expiresAt,
  };
}

function ownerOf({ labels: [owner = ''] }: KnownClient): string {
  return owner;
}

/** The most that each of several can have if those with less have all of it. @param counts  what each has now, more than `room` in all */
function shareOf(room: number, counts: number[]): number {
  let left = counts.length;
  for (const count of counts.sort((one, other) => one - other)) {
    if (count * left > room) break;
    room -= count;
    left -= 1;
  }
  return Math.floor(room / left);
}

function positionOf({ epoch, seq }: Entry): Position {
  return { epoch, seq };
}

function clientOf(entry: Entry | undefined): Client | undefined {
  if (!entry?.connection) return undefined;
  const { connection, lastActivity, messageCount, ackedSeq } = entry;
  return { ...connection, lastActivity, messageCount, position: positionOf(entry), ackedSeq };
}
