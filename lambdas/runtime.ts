/** The few things that every handler needs of its surroundings, passed in so that a test can hold them still. */
import { randomUUID } from 'node:crypto';

export interface Clock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Resolves after so many milliseconds. */
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
};

/** Makes UUIDs. */
export type NewId = () => string;

export const newUuid: NewId = () => randomUUID();

/** The last time that was written, and how: within a millisecond it is the same text. */
let written = { at: Number.NaN, text: '' };

/** ISO-8601, UTC, with milliseconds. */
export function isoTime(milliseconds: number): string {
  if (milliseconds !== written.at) written = { at: milliseconds, text: new Date(milliseconds).toISOString() };
  return written.text;
}

export type LogFields = Record<string, string | number | boolean | undefined>;

/**
 * What the server says about itself. Fields hold ids, types, codes, counts and durations;
 * never a token, a key or what a message says.
 */
export interface Log {
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  error(event: string, cause: unknown, fields?: LogFields): void;
}
