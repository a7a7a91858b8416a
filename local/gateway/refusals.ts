/** Reports refused and disconnected clients: the first at once, then at most one report per reason every ten seconds. */

export const REFUSALS = [
  /** The gateway has its maximum number of connections. */
  'too_many_connections',
  /** The HTTP port has its maximum number of connections: it closed an idle one, or the new one. */
  'too_many_http_connections',
  /** This address has its maximum number of connections to a port, or of requests through a proxy. */
  'too_many_from_address',
  /** Clients of this address keep being cut off, and its handshakes come too fast. */
  'too_many_handshakes',
  /** The process has no file descriptor left for a new connection. */
  'too_many_open_files',
  /** Closed to make room for others: it was connected but sent no request. */
  'no_request',
  /** A web page whose origin is not allowed. */
  'foreign_page',
  /** Cut off: the gateway held too many bytes for all clients, and most of them for this one. */
  'too_much_held',
] as const;

export type RefusalReason = (typeof REFUSALS)[number];

export interface Refusal {
  reason: RefusalReason;
  /** The number since the last report of this reason. */
  count: number;
  /** Of the last one, if known. */
  sourceIp?: string;
  /** The `Origin` header, for a web page. */
  origin?: string;
  host?: string;
}

export type RefusalDetails = Omit<Refusal, 'reason' | 'count'>;

/** Milliseconds between two reports of one reason. */
const PACE = 10_000;

export interface Refusals {
  add(reason: RefusalReason, details?: RefusalDetails): void;
  /** Counts since the start, by reason. */
  readonly totals: Readonly<Record<RefusalReason, number>>;
  /** Sends overdue reports. Call it about every second. */
  flush(): void;
}

export function createRefusals(report: (refusal: Refusal) => void, monotonic: () => number): Refusals {
  const totals = Object.fromEntries(REFUSALS.map((reason) => [reason, 0])) as Record<RefusalReason, number>;
  const counted = new Map<RefusalReason, { refusal: Refusal; reportedAt: number }>();

  function flush(): void {
    for (const entry of counted.values()) {
      if (entry.refusal.count === 0 || monotonic() - entry.reportedAt < PACE) continue;
      report(entry.refusal);
      entry.reportedAt = monotonic();
      entry.refusal = { reason: entry.refusal.reason, count: 0 };
    }
  }

  return {
    totals,
    add(reason, details = {}) {
      totals[reason] += 1;
      const entry = counted.get(reason) ?? { refusal: { reason, count: 0 }, reportedAt: Number.NEGATIVE_INFINITY };
      entry.refusal = { ...details, reason, count: entry.refusal.count + 1 };
      counted.set(reason, entry);
      flush();
    },
    flush,
  };
}
