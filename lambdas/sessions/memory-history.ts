/**
 * Message history in memory, bounded three ways: messages a client, bytes in all, and age.
 * Over a bound the oldest messages go, those of the client that has been quiet longest first.
 */
import type { JsonObject } from '../protocol/json';
import { MAX_HISTORY_PAGE_BYTES } from '../protocol/limits';
import type { Clock } from '../runtime';
import { orderFromCursor } from './cursor';
import { type Listed, RecencyList } from './recency-list';
import type { HistoryRecord, Page, PageRequest } from './session-store';

export interface MemoryHistoryOptions {
  clock: Clock;
  /** Seconds that a message is kept. */
  historySeconds: number;
  /** The most messages kept of one client. */
  historyPerClient: number;
  /** The most bytes kept of all clients together: of what they say, and `OVERHEAD_BYTES` for each message. */
  historyTotalBytes: number;
}

/** What a message says. A broadcast's is one for many of its recipients, and its bytes count once. */
interface Content {
  /** As text, whose size is known; as an object it could take 21 times that, by its sender's choice: a `{}` takes 56 bytes. */
  text: string;
  bytes: number;
  /** Messages that have it. */
  holders: number;
}

interface Kept {
  record: Omit<HistoryRecord, 'data'>;
  content: Content;
  /** Rises with each message of all clients; a page's cursor. */
  order: number;
  expiresAt: number;
}

/** A client's messages, the oldest first; never none for long. */
interface ClientHistory extends Listed<ClientHistory> {
  clientId: string;
  kept: Kept[];
}

/** Bytes of heap that a kept message takes beside its text: 269 measured by `npm run memory` (Node 20, small messages), rounded up. */
const OVERHEAD_BYTES = 300;

/** @param size  characters of the message on the wire; numbers such as 1e20 grow when they are written again */
function contentOf(data: JsonObject, size: number): Content {
  const text = JSON.stringify(data);
  const bytesEach = Buffer.byteLength(text) === text.length ? 1 : 2; // V8 keeps a string with a Chinese letter in twice the bytes
  return { text, bytes: bytesEach * Math.max(size, text.length), holders: 0 };
}

export class MemoryHistory {
  readonly #clients = new Map<string, ClientHistory>();
  /** The same, in the order of their newest messages. */
  readonly #byRecency = new RecencyList<ClientHistory>();
  readonly #options: MemoryHistoryOptions;
  #appended = 0;
  #size = 0;

  constructor(options: MemoryHistoryOptions) {
    this.#options = options;
  }

  append(records: readonly HistoryRecord[]): void {
    let latest: { data: JsonObject; content: Content } | undefined;
    for (const { data, ...record } of records) {
      if (latest?.data !== data) latest = { data, content: contentOf(data, record.size) };
      this.#add(record, latest.content);
    }
  }

  page(clientId: string, { limit, cursor }: PageRequest): Page<HistoryRecord> {
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
      rows.push({ ...record, data: JSON.parse(content.text) });
      size += record.size;
      last = order;
    }
    return { rows };
  }

  #add(record: Kept['record'], content: Content): void {
    const { clock, historySeconds, historyPerClient, historyTotalBytes } = this.#options;
    const client = this.#historyOf(record.clientId);
    this.#byRecency.use(client);
    this.#appended += 1;
    const expiresAt = clock.now() + historySeconds * 1_000;
    client.kept.push({ record, content, order: this.#appended, expiresAt });
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
   * Looks at the quietest clients only. One append may remove much, each message once; what an active client keeps beyond its
   * age is not read, and goes when room is needed.
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
    if (content) {
      content.holders -= 1;
      this.#size -= OVERHEAD_BYTES + (content.holders === 0 ? content.bytes : 0);
    }
    if (client.kept.length > 0) return;
    this.#clients.delete(client.clientId);
    this.#byRecency.remove(client);
  }
}
