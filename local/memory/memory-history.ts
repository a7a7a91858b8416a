/**
 * Message history in memory, bounded three ways: messages a client, bytes in all, and age. Over a bound the oldest messages go
 * first, those of the least recently active client.
 */
import type { HistoryItem, HistoryRecord, HistoryStore } from '../../lambdas/ports/history-store';
import type { Page, PageRequest } from '../../lambdas/ports/page';
import type { Position } from '../../lambdas/ports/position';
import type { Clock } from '../../lambdas/ports/runtime';
import { type JsonObject, parseJson, stringifyJson } from '../../lambdas/protocol/json';
import { MAX_HISTORY_PAGE_BYTES } from '../../lambdas/protocol/limits';
import { orderFromCursor } from './cursor';
import { type Listed, RecencyList } from './recency-list';

export interface MemoryHistoryOptions {
  clock: Clock;
  /** Seconds that a message is kept. */
  historySeconds: number;
  /** The most messages kept of one client. */
  historyPerClient: number;
  /** The most bytes kept of all clients together: contents, and `OVERHEAD_BYTES` for each message. */
  historyTotalBytes: number;
}

/** What a message says. The recipients of a broadcast share one, and its bytes count once. */
interface Content {
  /** Text, because its size is known: an object can take 21 times the bytes of its JSON (a `{}` takes 56). */
  text: string;
  bytes: number;
  /** Number of messages that share it. */
  holders: number;
}

interface Kept {
  record: Omit<HistoryRecord, 'data'>;
  position: Position | undefined;
  content: Content;
  /** Rises with each message; a page's cursor. */
  order: number;
  expiresAt: number;
}

/** A client's messages, oldest first; at least one. */
interface ClientHistory extends Listed<ClientHistory> {
  clientId: string;
  kept: Kept[];
}

/** Bytes of heap that a kept message takes beside its text: 269 by `npm run memory` (Node 20, small messages), rounded up. */
const OVERHEAD_BYTES = 300;

/** @param size  characters of the message on the wire; numbers such as 1e20 grow when they are written again */
function contentOf(data: JsonObject, size: number): Content {
  const text = stringifyJson(data);
  const bytesEach = Buffer.byteLength(text) === text.length ? 1 : 2; // V8 stores a string with any non-Latin-1 character in two bytes each
  return { text, bytes: bytesEach * Math.max(size, text.length), holders: 0 };
}

export class MemoryHistory implements HistoryStore {
  readonly #clients = new Map<string, ClientHistory>();
  /** The same, least recently active first. */
  readonly #byRecency = new RecencyList<ClientHistory>();
  readonly #options: MemoryHistoryOptions;
  #appended = 0;
  #size = 0;

  constructor(options: MemoryHistoryOptions) {
    this.#options = options;
  }

  async append(items: readonly HistoryItem[]): Promise<void> {
    let latest: { data: JsonObject; content: Content } | undefined;
    for (const { clientId, position, records } of items) {
      for (const { data, ...record } of records) {
        if (latest?.data !== data) latest = { data, content: contentOf(data, record.size) };
        this.#add(clientId, position, record, latest.content);
      }
    }
  }

  async remove(clientId: string, { epoch, seq }: Position): Promise<void> {
    const client = this.#clients.get(clientId);
    if (!client) return;
    const isThere = ({ position }: Kept) => position?.epoch === epoch && position.seq === seq;
    for (const { content } of client.kept.filter(isThere)) this.#release(content);
    client.kept = client.kept.filter((kept) => !isThere(kept));
    this.#dropIfEmpty(client);
  }

  async page(clientId: string, { limit, cursor }: PageRequest): Promise<Page<HistoryRecord>> {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : orderFromCursor(cursor);
    const now = this.#options.clock.now();
    const rows: HistoryRecord[] = [];
    let size = 0;
    let last = 0;
    for (const { record, content, order, expiresAt } of (this.#clients.get(clientId)?.kept ?? []).toReversed()) {
      if (order >= before) continue;
      if (expiresAt <= now) break;
      if (rows.length === limit || (rows.length > 0 && size + record.size > MAX_HISTORY_PAGE_BYTES)) {
        return { rows, cursor: String(last) };
      }
      rows.push({ ...record, data: parseJson(content.text) as JsonObject });
      size += record.size;
      last = order;
    }
    return { rows };
  }

  #add(clientId: string, position: Position | undefined, record: Kept['record'], content: Content): void {
    const { clock, historySeconds, historyPerClient, historyTotalBytes } = this.#options;
    const client = this.#historyOf(clientId);
    this.#byRecency.use(client);
    this.#appended += 1;
    const expiresAt = clock.now() + historySeconds * 1_000;
    client.kept.push({ record, position, content, order: this.#appended, expiresAt });
    this.#size += OVERHEAD_BYTES + (content.holders === 0 ? content.bytes : 0);
    content.holders += 1;
    if (client.kept.length > historyPerClient) this.#dropOldest(client);
    this.#dropExpired();
    while (this.#size > historyTotalBytes && this.#byRecency.first) this.#dropOldest(this.#byRecency.first);
  }

  #historyOf(clientId: string): ClientHistory {
    const known = this.#clients.get(clientId);
    if (known) return known;
    const client: ClientHistory = { clientId, kept: [], earlier: undefined, later: undefined };
    this.#clients.set(clientId, client);
    return client;
  }

  /**
   * Looks at the least recently active clients only. What an active client keeps beyond its age is not read, and goes when room is
   * needed.
   */
  #dropExpired(): void {
    const now = this.#options.clock.now();
    let { first } = this.#byRecency;
    while (first && (first.kept.at(-1)?.expiresAt ?? 0) <= now) {
      while (first.kept.length > 0) this.#dropOldest(first);
      first = this.#byRecency.first;
    }
  }

  #dropOldest(client: ClientHistory): void {
    const content = client.kept.shift()?.content;
    if (content) this.#release(content);
    this.#dropIfEmpty(client);
  }

  #release(content: Content): void {
    content.holders -= 1;
    this.#size -= OVERHEAD_BYTES + (content.holders === 0 ? content.bytes : 0);
  }

  #dropIfEmpty(client: ClientHistory): void {
    if (client.kept.length > 0) return;
    this.#clients.delete(client.clientId);
    this.#byRecency.remove(client);
  }
}
