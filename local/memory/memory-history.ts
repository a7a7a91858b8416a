/**
 * In-memory message history with three limits: messages per client, total bytes, and age. Above the total it drops the oldest messages of
 * the clients that hold the most, so that a client cannot push out the messages of others.
 */
import type { CallState } from '../../lambdas/ports/call';
import {
  AUDIT,
  type HistoryItem,
  type HistoryRecord,
  type HistoryStore,
  type PlacedItem,
  type Stretch,
} from '../../lambdas/ports/history-store';
import type { Page, PageRequest } from '../../lambdas/ports/page';
import type { Awaitable, Clock } from '../../lambdas/ports/runtime';
import { MAX_HISTORY_PAGE_BYTES } from '../../lambdas/protocol/limits';
import { epochStart, type Position } from '../../lambdas/protocol/position';
import { orderFromCursor } from './cursor';
import {
  type Content,
  countWithin,
  createPartsOf,
  insert,
  itemsOf,
  type Kept,
  type KeptItem,
  messagesAt,
  NOTHING,
  type Part,
  placeAfter,
  recordOf,
} from './kept-messages';
import { SizeClasses, type Sized } from './size-classes';

/** Told what changes. */
export interface HistoryChanges {
  /** @param parts  none for a void position */
  added(item: KeptItem, parts: readonly Part[]): void;
  /** @param parts  added to its item */
  callChanged(item: KeptItem, parts: readonly Part[]): void;
  dropped(item: KeptItem): void;
  /** The last message with this content was dropped. */
  contentDropped(content: Content): void;
  /** A client with dropped messages has none left. @param time  milliseconds since 1970 */
  lost(time: number): void;
}

/** Called with new items. */
export type HistoryWatch = Pick<HistoryChanges, 'added' | 'callChanged'>;

/** Items of an earlier process. */
export interface KnownHistory {
  /** By id. */
  items: Iterable<{ item: Omit<KeptItem, 'held'>; parts: readonly Part[] }>;
  /** The last value passed to `changes`; 0 if none. */
  lostAt: number;
}

export interface MemoryHistoryOptions {
  clock: Clock;
  /** Seconds for which a message is kept. */
  historySeconds: number;
  /** Maximum number of messages per client. */
  historyPerClient: number;
  /** Maximum bytes for all clients together: contents, and `OVERHEAD_BYTES` per message. */
  historyTotalBytes: number;
  changes?: HistoryChanges;
  watch?: HistoryWatch;
  known?: KnownHistory;
}

/** A client's messages, oldest first and those of an epoch by position; at least one. */
interface ClientHistory extends Sized<ClientHistory> {
  clientId: string;
  kept: Kept[];
  /** Bytes of its messages. The content of a broadcast is not counted, because dropping one copy frees nothing. */
  bytes: number;
  /** The last position that was dropped. */
  lost: Position | undefined;
  /** Messages before this time may have been dropped; milliseconds since 1970. */
  knownSince: number;
}

/** Heap overhead in bytes of a kept message: 269 by `npm run memory` (Node 20, small messages), rounded up. */
const OVERHEAD_BYTES = 300;

/** Calls in the audit log, some 10 MB. The limit per client would cover only a minute, and a busy key could erase its own traces. */
const MAX_AUDITED = 20_000;

/** Share of all bytes that the audit log can take without being the first to lose some. */
const AUDIT_SHARE = 1 / 4;

export class MemoryHistory implements HistoryStore {
  readonly #clients = new Map<string, ClientHistory>();
  readonly #bySize = new SizeClasses<ClientHistory>();
  readonly #options: MemoryHistoryOptions;
  /** When a client with dropped messages last had none left, in milliseconds since 1970. */
  #lostAt = 0;
  #items = 0;
  #messages = 0;
  #size = 0;

  constructor(options: MemoryHistoryOptions) {
    this.#options = options;
    if (options.known) this.#restore(options.known);
  }

  /** Bytes of all kept messages. */
  get bytes(): number {
    return this.#size;
  }

  async append(items: readonly HistoryItem[]): Promise<void> {
    const partsOf = createPartsOf();
    for (const { clientId, records } of items) this.#append(clientId, undefined, partsOf(records));
    this.#makeRoom();
  }

  put({ clientId, position, records, call }: PlacedItem): Awaitable<boolean> {
    const there = this.#at(clientId, position);
    if (there.some(({ envelope }) => !envelope)) return false;
    if (there.length > 0) this.#remove(clientId, there);
    this.#append(clientId, position, createPartsOf()(records), call);
    this.#makeRoom();
    return true;
  }

  /** Changes a call, and adds a record to its item, in one step. */
  changeCall(clientId: string, position: Position, call: CallState, record?: HistoryRecord): void {
    const item = this.#at(clientId, position)[0]?.item;
    if (!item) return;
    item.call = call;
    const parts = record ? createPartsOf()([record]) : [];
    this.#options.changes?.callChanged(item, parts);
    this.#options.watch?.callChanged(item, parts);
    for (const { envelope, content } of parts) this.#addMessage(item, envelope, content);
    this.#makeRoom();
  }

  /** Like `get`, but synchronous. */
  itemAt(clientId: string, position: Position): PlacedItem | undefined {
    return itemsOf(this.#at(clientId, position))[0];
  }

  async void(clientId: string, position: Position): Promise<boolean> {
    const there = this.#at(clientId, position);
    if (there.length === 0) {
      this.#append(clientId, position, []);
      this.#makeRoom();
    }
    return there.every(({ envelope }) => !envelope);
  }

  async remove(clientId: string, position: Position): Promise<void> {
    this.#remove(clientId, this.#at(clientId, position));
  }

  /** Drops all messages of a client. */
  forget(clientId: string): void {
    const client = this.#clients.get(clientId);
    if (client) this.#dropAll(client);
  }

  async get(clientId: string, position: Position): Promise<PlacedItem | undefined> {
    return this.itemAt(clientId, position);
  }

  async after(clientId: string, { epoch, seq }: Position, maxCharacters: number): Promise<Stretch> {
    const all = this.#clients.get(clientId)?.kept ?? [];
    const later = all.slice(placeAfter(all, { epoch, seq }));
    const items = itemsOf(this.#living(later).filter(({ item: { position } }) => position?.epoch === epoch));
    const count = countWithin(items, maxCharacters);
    return { items: items.slice(0, count), hasMore: count < items.length };
  }

  async reachesBackTo(clientId: string, { epoch, seq }: Position): Promise<boolean> {
    const { kept = [], lost, knownSince = this.#lostAt } = this.#clients.get(clientId) ?? {};
    const now = this.#options.clock.now();
    const ofEpoch = kept.filter(({ item: { position } }) => position?.epoch === epoch);
    const isAfter = ({ item: { position } }: Kept) => (position?.seq ?? 0) > seq;
    if (ofEpoch.some((one) => one.item.expiresAt <= now && isAfter(one))) return false;
    if (ofEpoch.some((one) => one.item.expiresAt > now && !isAfter(one))) return true; // the oldest are dropped first
    if (epochStart(epoch) <= knownSince) return false;
    return !lost || lost.epoch < epoch || (lost.epoch === epoch && lost.seq <= seq);
  }

  async mayHaveLost(clientId: string, { epoch, seq }: Position, storedFrom: number): Promise<boolean> {
    const { clock, historySeconds } = this.#options;
    if (storedFrom + historySeconds * 1_000 <= clock.now()) return true;
    const { lost, knownSince = this.#lostAt } = this.#clients.get(clientId) ?? {};
    return knownSince >= storedFrom || (lost?.epoch === epoch && lost.seq >= seq);
  }

  async page(clientId: string, { limit, cursor }: PageRequest): Promise<Page<HistoryRecord>> {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : orderFromCursor(cursor);
    const now = this.#options.clock.now();
    const rows: HistoryRecord[] = [];
    let size = 0;
    let last = 0;
    for (const { item, envelope, content, order } of (this.#clients.get(clientId)?.kept ?? []).toReversed()) {
      if (order >= before) continue;
      if (item.expiresAt <= now) break;
      if (!envelope || envelope.hidden) continue;
      if (rows.length === limit || (rows.length > 0 && size + envelope.size > MAX_HISTORY_PAGE_BYTES)) {
        return { rows, cursor: String(last) };
      }
      rows.push(recordOf(envelope, content));
      size += envelope.size;
      last = order;
    }
    return { rows };
  }

  #living(kept: readonly Kept[]): Kept[] {
    const now = this.#options.clock.now();
    return kept.filter(({ item }) => item.expiresAt > now);
  }

  #at(clientId: string, position: Position): Kept[] {
    const there = messagesAt(this.#clients.get(clientId)?.kept ?? [], position);
    return there.length === 0 ? there : this.#living(there);
  }

  #append(clientId: string, position: Position | undefined, parts: readonly Part[], call?: CallState): void {
    const { clock, historySeconds, changes, watch } = this.#options;
    this.#items += 1;
    const expiresAt = clock.now() + historySeconds * 1_000;
    const item: KeptItem = { id: this.#items, clientId, position, expiresAt, held: 0 };
    if (call) item.call = call;
    changes?.added(item, parts);
    watch?.added(item, parts);
    this.#add(item, parts);
  }

  #add(item: KeptItem, parts: readonly Part[]): void {
    if (parts.length === 0) this.#addMessage(item, undefined, NOTHING);
    for (const { envelope, content } of parts) this.#addMessage(item, envelope, content);
  }

  #addMessage(item: KeptItem, envelope: Kept['envelope'], content: Content): void {
    const client = this.#historyOf(item.clientId);
    this.#messages += 1;
    const kept = { item, envelope, content, order: this.#messages };
    insert(client.kept, kept);
    client.bytes += bytesOf(kept);
    this.#bySize.use(client, this.#weightOf(client));
    this.#size += OVERHEAD_BYTES + (content.holders === 0 ? content.bytes : 0);
    content.holders += 1;
    item.held += 1;
    if (client.kept.length > this.#limitOf(item.clientId)) this.#dropOldest(client);
  }

  #limitOf(clientId: string): number {
    return clientId === AUDIT ? Math.max(MAX_AUDITED, this.#options.historyPerClient) : this.#options.historyPerClient;
  }

  #historyOf(clientId: string): ClientHistory {
    const known = this.#clients.get(clientId);
    if (known) return known;
    const client = { clientId, kept: [], bytes: 0, lost: undefined, knownSince: this.#lostAt };
    this.#clients.set(clientId, client);
    return client;
  }

  #remove(clientId: string, messages: readonly Kept[]): void {
    const client = this.#clients.get(clientId);
    if (!client || messages.length === 0) return;
    client.kept = client.kept.filter((kept) => !messages.includes(kept));
    for (const kept of messages) this.#release(client, kept);
    this.#settle(client);
  }

  #makeRoom(): void {
    this.#dropExpired();
    while (this.#size > this.#options.historyTotalBytes && this.#bySize.first) this.#dropOldest(this.#bySize.first);
  }

  /**
   * Checks only the least recently active client of each size. Expired messages of active clients are not returned, and are dropped when space is
   * needed.
   */
  #dropExpired(): void {
    const now = this.#options.clock.now();
    for (const client of this.#bySize.leastRecent()) {
      if ((client.kept.at(-1)?.item.expiresAt ?? 0) <= now) this.#dropAll(client);
    }
  }

  #dropAll(client: ClientHistory): void {
    while (client.kept.length > 0) this.#dropOldest(client);
  }

  #dropOldest(client: ClientHistory): void {
    const kept = client.kept.shift();
    if (!kept) return;
    client.lost = kept.item.position ?? client.lost;
    this.#release(client, kept);
    this.#settle(client);
  }

  #release(client: ClientHistory, kept: Kept): void {
    const { item, content } = kept;
    const { changes } = this.#options;
    client.bytes -= bytesOf(kept);
    content.holders -= 1;
    item.held -= 1;
    this.#size -= OVERHEAD_BYTES + (content.holders === 0 ? content.bytes : 0);
    if (item.held === 0) changes?.dropped(item);
    if (content.holders === 0) changes?.contentDropped(content);
  }

  /** What decides who loses messages first. */
  #weightOf({ clientId, bytes }: ClientHistory): number {
    return clientId === AUDIT ? Math.max(0, bytes - AUDIT_SHARE * this.#options.historyTotalBytes) : bytes;
  }

  /** After messages were removed: forgets a client that has none left. */
  #settle(client: ClientHistory): void {
    if (client.kept.length > 0) {
      this.#bySize.resize(client, this.#weightOf(client));
      return;
    }
    if (client.lost) {
      this.#lostAt = this.#options.clock.now();
      this.#options.changes?.lost(this.#lostAt);
    }
    this.#clients.delete(client.clientId);
    this.#bySize.remove(client);
  }

  #restore({ items, lostAt }: KnownHistory): void {
    this.#lostAt = lostAt;
    for (const { item, parts } of items) {
      this.#items = item.id;
      this.#add({ ...item, held: 0 }, parts);
    }
    for (const client of this.#clients.values()) {
      const first = client.kept.find(({ item }) => item.position)?.item.position;
      if (first) client.lost = { ...first, seq: first.seq - 1 }; // earlier ones may have been dropped
    }
    this.#makeRoom();
  }
}

/** The bytes of a message that its client alone holds. */
function bytesOf({ item, content }: Kept): number {
  const isShared = item.position === undefined && item.clientId !== AUDIT;
  return OVERHEAD_BYTES + (isShared ? 0 : content.bytes);
}
