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
  /** The most bytes kept of all clients together, as `costOf` reckons them. */
  historyTotalBytes: number;
}

interface Kept {
  record: Omit<HistoryRecord, 'data'>;
  /** As text, whose size is known; as an object it could take 21 times that, by its sender's choice: a `{}` takes 56 bytes. */
  data: string;
  /** Rises with each message of all clients; a page's cursor. */
  order: number;
  expiresAt: number;
}

/** A client's messages, the oldest first; never none for long. */
interface ClientHistory extends Listed<ClientHistory> {
  clientId: string;
  kept: Kept[];
}

/** Bytes of heap that a kept message takes beside its text: 228 measured by `npm run memory` (Node 20, small messages), rounded up. */
const OVERHEAD_BYTES = 250;

/** Numbers such as 1e20 grow when they are written again, so that the data alone can be larger than its frame was. */
function costOf({ record, data }: Kept): number {
  return Math.max(record.size, data.length) + OVERHEAD_BYTES;
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

  append(...records: readonly HistoryRecord[]): void {
    let written: { data: JsonObject; text: string } | undefined; // the messages of a broadcast have theirs in common
    for (const { data, ...record } of records) {
      if (written?.data !== data) written = { data, text: JSON.stringify(data) };
      this.#add(record, written.text);
    }
  }

  page(clientId: string, { limit, cursor }: PageRequest): Page<HistoryRecord> {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : orderFromCursor(cursor);
    const now = this.#options.clock.now();
    const rows: HistoryRecord[] = [];
    let size = 0;
    let last = 0;
    for (const { record, data, order, expiresAt } of (this.#clients.get(clientId)?.kept ?? []).toReversed()) {
      if (order >= before) continue;
      if (expiresAt <= now) break;
      if (rows.length === limit || (rows.length > 0 && size + record.size > MAX_HISTORY_PAGE_BYTES)) {
        return { rows, cursor: String(last) };
      }
      rows.push({ ...record, data: JSON.parse(data) });
      size += record.size;
      last = order;
    }
    return { rows };
  }

  #add(record: Kept['record'], data: string): void {
    const { clock, historySeconds, historyPerClient, historyTotalBytes } = this.#options;
    const client = this.#historyOf(record.clientId);
    this.#byRecency.use(client);
    this.#appended += 1;
    const expiresAt = clock.now() + historySeconds * 1_000;
    const added = { record, data, order: this.#appended, expiresAt };
    client.kept.push(added);
    this.#size += costOf(added);
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

  /** Looks at the quietest client only: each append pays for at most a few removals, and all expire in time. */
  #dropExpired(): void {
    const now = this.#options.clock.now();
    let { first } = this.#byRecency;
    while (first && (first.kept.at(-1)?.expiresAt ?? 0) <= now) {
      while (first.kept.length > 0) this.#dropOldest(first);
      first = this.#byRecency.first;
    }
  }

  #dropOldest(client: ClientHistory): void {
    const oldest = client.kept.shift();
    if (oldest) this.#size -= costOf(oldest);
    if (client.kept.length > 0) return;
    this.#clients.delete(client.clientId);
    this.#byRecency.remove(client);
  }
}
