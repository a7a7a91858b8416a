/**
 * Message history in memory, bounded three ways: messages a client, bytes in all, and age.
 * Over a bound the oldest messages go, those of the client that has been quiet longest first.
 */
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
  record: HistoryRecord;
  /** Rises with each message of all clients; a page's cursor. */
  order: number;
  expiresAt: number;
}

/** Bytes of heap that a kept message takes beside its text: 279 measured by `npm run memory` (Node 20, small messages), rounded up. */
const OVERHEAD_BYTES = 300;

function costOf({ size }: HistoryRecord): number {
  return size + OVERHEAD_BYTES;
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

  append(record: HistoryRecord): void {
    const { clock, historySeconds, historyPerClient, historyTotalBytes } = this.#options;
    const kept = this.#clients.get(record.clientId) ?? [];
    this.#clients.delete(record.clientId);
    this.#clients.set(record.clientId, kept);
    this.#appended += 1;
    kept.push({ record, order: this.#appended, expiresAt: clock.now() + historySeconds * 1_000 });
    this.#size += costOf(record);
    if (kept.length > historyPerClient) this.#dropOldest(record.clientId, kept);
    this.#dropExpired();
    while (this.#size > historyTotalBytes) {
      const [quietest] = this.#clients;
      if (!quietest) break;
      this.#dropOldest(...quietest);
    }
  }

  page(clientId: string, { limit, cursor }: PageRequest): Page<HistoryRecord> {
    const before = cursor === undefined ? Number.POSITIVE_INFINITY : orderFromCursor(cursor);
    const now = this.#options.clock.now();
    const rows: HistoryRecord[] = [];
    let size = 0;
    let last = 0;
    for (const { record, order, expiresAt } of (this.#clients.get(clientId) ?? []).toReversed()) {
      if (order >= before) continue;
      if (expiresAt <= now) break;
      if (rows.length === limit || (rows.length > 0 && size + record.size > MAX_HISTORY_PAGE_BYTES)) {
        return { rows, cursor: String(last) };
      }
      rows.push(record);
      size += record.size;
      last = order;
    }
    return { rows };
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
    if (oldest) this.#size -= costOf(oldest.record);
    if (kept.length === 0) this.#clients.delete(clientId);
  }
}
