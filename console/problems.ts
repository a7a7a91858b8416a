/** Detects current problems, as keys of `strings.ts` with numbers. Pure: uses no browser API. */
import { type Row, unacknowledged } from './client-table';

export const HOUR = 3_600_000;

/** One sample of the server. */
export interface Sample {
  /** Milliseconds since 1970. */
  at: number;
  /** Undefined if the server did not answer. */
  clients: number | undefined;
  /** Messages per second from all clients. */
  rate: number;
  /** Failed calls of this page. */
  errors: number;
}

export interface Problem {
  key: 'unreachable' | 'denied' | 'throttled' | 'unavailable' | 'fell' | 'silent' | 'behind_many' | 'storm';
  /** `milliseconds` is shown as `time`, in words. */
  values: Record<string, string | number>;
  /** A client that shows it. */
  clientId?: string;
}

export interface Known {
  rows: readonly Row[];
  samples: readonly Sample[];
  failure: { status: number; message: string } | undefined;
  /** The server's time, milliseconds since 1970. */
  now: number;
  /** How far the server's clock is ahead of this one, in milliseconds. */
  skew: number;
  /** How often clients should send something; undefined until the server has said it. */
  heartbeatSeconds: number | undefined;
}

/** A client is silent after two heartbeats and this many milliseconds for the network. */
const SILENCE_MARGIN = 30_000;

/** A client with at least this many unacknowledged frames is reported. */
const BEHIND = 20;

/** Milliseconds that count as recent. */
const LATELY = 60_000;

/** Below this number of clients, changes are not significant. */
const ENOUGH = 10;

export function findProblems(known: Known): Problem[] {
  const { rows, samples, failure, now } = known;
  return [...ofServer(failure), ...silentClients(known), ...clientsBehind(rows), ...ofCrowd(samples, rows, now)];
}

const KEYS_OF_FAILURES: Record<number, Problem['key']> = { 0: 'unreachable', 403: 'denied', 429: 'throttled' };

function ofServer(failure: Known['failure']): Problem[] {
  if (!failure || failure.status === 401) return [];
  const { status, message } = failure;
  return [{ key: KEYS_OF_FAILURES[status] ?? 'unavailable', values: { status, message } }];
}

/** Compares with the time at which the row was read: a row that is read seldom says nothing about the time since. */
function silentClients({ rows, skew, heartbeatSeconds }: Known): Problem[] {
  if (heartbeatSeconds === undefined) return [];
  const milliseconds = 2_000 * heartbeatSeconds + SILENCE_MARGIN;
  const silent = rows.filter(({ readAt, last_activity }) => readAt + skew - Date.parse(last_activity) > milliseconds);
  return about('silent', silent, { count: silent.length, milliseconds });
}

function clientsBehind(rows: readonly Row[]): Problem[] {
  const behind = rows.filter((row) => unacknowledged(row) >= BEHIND);
  return about('behind_many', behind, { count: behind.length, frames: BEHIND });
}

function about(key: Problem['key'], rows: readonly Row[], values: Problem['values']): Problem[] {
  return rows.length === 0 ? [] : [{ key, values, clientId: rows[0]?.client_id }];
}

function ofCrowd(samples: readonly Sample[], rows: readonly Row[], now: number): Problem[] {
  const lately = samples.filter(({ at, clients }) => at > now - LATELY && clients !== undefined);
  const last = lately.at(-1)?.clients ?? 0;
  const most = Math.max(0, ...lately.map(({ clients = 0 }) => clients));
  if (most >= ENOUGH && last < most * 0.7) return [{ key: 'fell', values: { from: most, to: last } }];
  const [first] = lately;
  const before = first?.clients ?? 0;
  // Clients that connected before the first sample may be new ones: `before` counts them.
  const fresh = rows.filter(({ connected_at }) => first && Date.parse(connected_at) > first.at).length;
  const areBack = fresh >= ENOUGH && fresh > rows.length / 2 && before > last * 0.7;
  return areBack ? [{ key: 'storm', values: { count: fresh } }] : [];
}
