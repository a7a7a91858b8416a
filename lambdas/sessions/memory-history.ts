/**
 * Message history in memory, bounded three ways: messages a client, bytes in all, and age.
 * Over a bound the oldest messages go, those of the client that has been quiet longest first.
 */
import type { JsonObject } from '../protocol/json';
import { MAX_HISTORY_PAGE_BYTES } from '../protocol/limits';
import type { Clock } from '../runtime';
import { orderFromCursor } from './cursor';
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

/** Bytes of heap that a kept message takes beside its text: 228 measured by `npm run memory` (Node 20, small messages), rounded up. */
const OVERHEAD_BYTES = 250;

/** Numbers such as 1e20 grow when they are written again, so that the data alone can be larger than its frame was. */
function costOf({ record, data }: Kept): number {
  return Math.max(record.size, data.length) + OVERHEAD_BYTES;
}

export class MemoryHistory {
  /** By client, the one that wrote last at the end; of each, the oldest message first. */
  readonly #clients = new Map<string, Kept[]>();
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
    for (const { record, data, order, expiresAt } of (this.#clients.get(clientId) ?? []).toReversed()) {
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
    const kept = this.#clients.get(record.clientId) ?? [];
    this.#clients.delete(record.clientId);
    this.#clients.set(record.clientId, kept);
    this.#appended += 1;
    const expiresAt = clock.now() + historySeconds * 1_000;
    const added = { record, data, order: this.#appended, expiresAt };
    kept.push(added);
    this.#size += costOf(added);
    if (kept.length > historyPerClient) this.#dropOldest(record.clientId, kept);
    this.#dropExpired();
    while (this.#size > historyTotalBytes) {
      const [quietest] = this.#clients;
      if (!quietest) break;
      this.#dropOldest(...quietest);
    }
  }

  /** Looks at the quietest client only: each append pays for at most a few removals, and all expire in time. */
  #dropExpired(): void {
    const now = this.#options.clock.now();
    for (const [clientId, kept] of this.#clients) {
      if ((kept.at(-1)?.expiresAt ?? 0) > now) break;
      while (kept.length > 0) this.#dropOldest(clientId, kept);
    }
  }

  #dropOldest(clientId: string, kept: Kept[]): void {
    const oldest = kept.shift();
    if (oldest) this.#size -= costOf(oldest);
    if (kept.length === 0) this.#clients.delete(clientId);
  }
}
