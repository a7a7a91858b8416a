/** Time, ids and the log: injected, so that tests control them. */
import { createHash, randomUUID } from 'node:crypto';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after this many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
  /** Calls back after this many milliseconds. @returns cancels it */
  setTimer(milliseconds: number, callback: () => void): () => void;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  setTimer(milliseconds, callback) {
    const timer = setTimeout(callback, milliseconds);
    return () => clearTimeout(timer);
  },
};

/** Settles like `work`, or rejects with `late()` after this many milliseconds. The work itself continues. */
export async function inTime<Result>(
  clock: Clock,
  milliseconds: number,
  work: Promise<Result>,
  late: () => Error,
): Promise<Result> {
  let cancel: (() => void) | undefined;
  try {
    return await new Promise((resolve, reject) => {
      cancel = clock.setTimer(milliseconds, () => reject(late()));
      work.then(resolve, reject);
    });
  } finally {
    cancel?.();
  }
}

/** A result, or a promise of it. Code on a message's way does not wait for a result that is there: each wait costs a microsecond. */
export type Awaitable<Result> = Result | Promise<Result>;

/** Calls `next` with the result: at once if it is there. */
export function whenThere<Result, Next>(
  result: Awaitable<Result>,
  next: (result: Result) => Awaitable<Next>,
): Awaitable<Next> {
  return result instanceof Promise ? result.then(next) : next(result);
}

/** The result of the work or, if it fails, what `failed` makes of the error. */
export function orElse<Result, Other>(
  work: () => Awaitable<Result>,
  failed: (error: unknown) => Other,
): Awaitable<Result | Other> {
  try {
    const result = work();
    return result instanceof Promise ? result.catch(failed) : result;
  } catch (error) {
    return failed(error);
  }
}

/** Makes UUIDs. */
export type NewId = () => string;

export const newUuid: NewId = () => randomUUID();

/** The same UUID for the same text: a hash as version 8, which is for custom formats (RFC 9562, section 5.8). */
export function uuidOfText(text: string): string {
  const hash = createHash('sha256').update(text).digest();
  hash[6] = ((hash[6] ?? 0) & 0x0f) | 0x80;
  hash[8] = ((hash[8] ?? 0) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}

/**
 * Recently formatted times, in a slot by remainder. Each message needs two, now and when its client connected, and formatting takes 1 µs.
 */
const written: { at: number; text: string }[] = [];
const SLOTS = 1_024;

/** ISO-8601, UTC, with milliseconds. */
export function isoTime(milliseconds: number): string {
  const slot = milliseconds % SLOTS;
  const known = written[slot];
  if (known?.at === milliseconds) return known.text;
  const text = new Date(milliseconds).toISOString();
  written[slot] = { at: milliseconds, text };
  return text;
}

export type LogFields = Record<string, string | number | boolean | undefined>;

/** The server's log. Fields contain ids, types, codes, counts and durations; never a token, a key or message contents. */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  /** Nothing failed, but somebody should look at it. */
  warn(event: string, fields?: LogFields): void;
  error(event: string, cause: unknown, fields?: LogFields): void;
}

/** The same log with extra fields on every line. */
export function withFields(log: Log, fixed: LogFields): Log {
  return {
    debug: (event, fields) => log.debug(event, { ...fixed, ...fields }),
    info: (event, fields) => log.info(event, { ...fixed, ...fields }),
    warn: (event, fields) => log.warn(event, { ...fixed, ...fields }),
    error: (event, cause, fields) => log.error(event, cause, { ...fixed, ...fields }),
  };
}
