/** The header `Prefer` (RFC 7240), of which calls know `wait`. */
import { MAX_WAIT_SECONDS } from '../protocol/limits';

/** Between commas, but for those in a quoted text. */
const PREFERENCES = /(?:[^",]|"(?:[^"\\]|\\.)*")+/g;

/** Its value may be quoted, and parameters may follow. */
const WAIT = /^\s*wait\s*=\s*("?)(\d+)\1\s*(?:;|$)/i;

/**
 * Seconds that a caller wants to wait for an answer, cut to the most that a call may take. Preferences that are unknown or malformed are
 * ignored, as the RFC says; of several of one name the first counts.
 * @returns undefined where the caller does not want to wait
 */
export function waitFrom(prefer: string | undefined): number | undefined {
  for (const preference of (prefer ?? '').match(PREFERENCES) ?? []) {
    const [, , value] = WAIT.exec(preference) ?? [];
    if (value === undefined) continue;
    return Number(value) === 0 ? undefined : Math.min(Number(value), MAX_WAIT_SECONDS);
  }
  return undefined;
}

/** The header that says how long a call was ready to wait. */
export function appliedWait(seconds: number | undefined): Record<string, string> {
  return seconds === undefined ? {} : { 'preference-applied': `wait=${seconds}` };
}
