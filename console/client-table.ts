/** Merges the pages of `GET /clients` into one table and works out how fast each client sends. Uses no browser API. */
import type { Client } from './answers';

export interface Row extends Client {
  /** Messages per second since the previous poll. */
  rate: number;
  /** By this machine's clock, milliseconds since 1970. */
  readAt: number;
}

interface Known {
  row: Row;
  sweep: number;
}

export type SortKey = 'newest' | 'active' | 'busiest' | 'behind';

/** Clients that acknowledge, but are behind. A client that never acknowledges does not count as behind. */
export function unacknowledged({ last_seq, acked_seq }: Pick<Client, 'last_seq' | 'acked_seq'>): number {
  return acked_seq === 0 ? 0 : last_seq - acked_seq;
}

/** The list is read page by page, in rounds. A client that is missing from a whole round has left. */
export class ClientTable {
  readonly #known = new Map<string, Known>();
  #sweep = 0;

  add(clients: readonly Client[], at: number): void {
    for (const client of clients) {
      const before = this.#known.get(client.client_id);
      this.#known.set(client.client_id, {
        row: { ...client, rate: rateOf(before?.row, client, at), readAt: at },
        sweep: this.#sweep,
      });
    }
  }

  /** The last page of a round has been added. */
  endSweep(): void {
    for (const [id, { sweep }] of this.#known) if (sweep !== this.#sweep) this.#known.delete(id);
    this.#sweep += 1;
  }

  remove(clientId: string): void {
    this.#known.delete(clientId);
  }

  rows(): Row[] {
    return Array.from(this.#known.values(), ({ row }) => row);
  }
}

function rateOf(before: Row | undefined, client: Client, at: number): number {
  if (!before || at <= before.readAt || before.connected_at !== client.connected_at) return 0;
  return Math.max(0, client.message_count - before.message_count) / ((at - before.readAt) / 1_000);
}

const ORDERS: Record<SortKey, (one: Row, other: Row) => number> = {
  newest: (one, other) => compare(other.connected_at, one.connected_at),
  active: (one, other) => compare(other.last_activity, one.last_activity),
  busiest: (one, other) => other.message_count - one.message_count,
  behind: (one, other) => unacknowledged(other) - unacknowledged(one),
};

function compare(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

/** @returns a new array; clients that are equal stand by their id, so that they keep their places */
export function sorted(rows: readonly Row[], key: SortKey): Row[] {
  return rows.toSorted((one, other) => ORDERS[key](one, other) || compare(one.client_id, other.client_id));
}

/** Rows that have each word of the search in their id or a label. */
export function filtered(rows: readonly Row[], search: string): readonly Row[] {
  const words = search.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return rows;
  return rows.filter(({ client_id, labels = [] }) => {
    const text = [client_id, ...labels].join('\n').toLowerCase();
    return words.every((word) => text.includes(word));
  });
}
