/** The `Prefer` header (RFC 7240); calls support `wait`. */
import { MAX_WAIT_SECONDS } from '../protocol/limits';

/** Splits at commas, except in quoted strings. */
const PREFERENCES = /(?:[^",]|"(?:[^"\\]|\\.)*")+/g;

/** The value may be quoted, and parameters may follow. */
const WAIT = /^\s*wait\s*=\s*("?)(\d+)\1\s*(?:;|$)/i;

/**
 * Seconds that a caller wants to wait for an answer, capped at the limit. As the RFC requires, unknown or malformed preferences are
 * ignored, and the first of several with the same name counts.
 * @returns undefined if the caller does not want to wait
 */
export function waitFrom(prefer: string | undefined): number | undefined {
  for (const preference of (prefer ?? '').match(PREFERENCES) ?? []) {
    const [, , value] = WAIT.exec(preference) ?? [];
    if (value === undefined) continue;
    return Number(value) === 0 ? undefined : Math.min(Number(value), MAX_WAIT_SECONDS);
  }
  return undefined;
}

/** The response header with the applied wait. */
export function appliedWait(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { 'preference-applied': `wait=${seconds}` };
}
