/** Tells of those who were refused or cut off: the first at once, and then one report each ten seconds, however many they are. */

export const REFUSALS = [
  /** The gateway has as many connections as it takes. */
  'too_many_connections',
  /** The HTTP port has. They are cut off without an answer. */
  'too_many_http_connections',
  /** This address has. */
  'too_many_from_address',
  /** Clients of this address are cut off all the time, and its handshakes come faster than is good. */
  'too_many_handshakes',
  /** The process has no file descriptor left for a new connection. */
  'too_many_open_files',
  /** Connected, and sent no request: makes room for others. */
  'no_request',
  /** A web page whose origin is not allowed. */
  'foreign_page',
  /** Cut off: the gateway held more bytes for its clients than it may, and most of them for this one. */
  'too_much_held',
] as const;

export type RefusalReason = (typeof REFUSALS)[number];

export interface Refusal {
  reason: RefusalReason;
  /** How many since the last report of this reason. */
  count: number;
  /** Of the last of them, where it is known. */
  sourceIp?: string;
  /** Of a web page: what its browser sent. */
  origin?: string;
  host?: string;
}

export type RefusalDetails = Omit<Refusal, 'reason' | 'count'>;

/** Milliseconds between two reports of one reason. */
const PACE = 10_000;

export interface Refusals {
  add(reason: RefusalReason, details?: RefusalDetails): void;
  /** How many there were since the start, by reason. */
  readonly totals: Readonly<Record<RefusalReason, number>>;
  /** Reports what has been held back for long enough; to be called every second or so. */
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
