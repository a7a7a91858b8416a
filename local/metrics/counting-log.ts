/** A log that counts its lines, because some log lines are metrics on AWS. Transparent to handlers. */
import type { Log, LogFields } from '../../lambdas/ports/runtime';
import { MessageCounts } from './message-counts';

/** Event names are few, but your own code can log any name, so their number is limited. */
const MAX_EVENTS = 200;

/** Outcomes of failed pushes, by the code of the problem. Other codes are mistakes of the caller, and nothing was pushed. */
const PUSH_OUTCOMES: Readonly<Record<string, string>> = {
  client_not_found: 'not_connected',
  client_gone: 'gone',
  rate_limited: 'throttled',
  internal_error: 'failed',
  unavailable: 'failed',
};

export class LogCounts {
  readonly messages = new MessageCounts();
  /** By outcome. */
  readonly failedPushes = new Map(Object.values(PUSH_OUTCOMES).map((outcome) => [outcome, 0]));
  readonly infos = new Map<string, number>();
  readonly warnings = new Map<string, number>();
  readonly errors = new Map<string, number>();
}

/** @param onLine  called for each line */
export function createCountingLog(
  log: Log,
  counts: LogCounts,
  onLine: (event: string, fields: LogFields | undefined) => void,
): Log {
  return {
    debug(event, fields) {
      onLine(event, fields);
      if (event === 'message_handled' && fields) counts.messages.add(fields);
      if (event === 'push_failed') countPush(counts.failedPushes, String(fields?.reason));
      log.debug(event, fields);
    },
    info(event, fields) {
      onLine(event, fields);
      count(counts.infos, event);
      log.info(event, fields);
    },
    warn(event, fields) {
      count(counts.warnings, event);
      log.warn(event, fields);
    },
    error(event, cause, fields) {
      count(counts.errors, event);
      log.error(event, cause, fields);
    },
  };
}

function countPush(failed: Map<string, number>, reason: string): void {
  const outcome = Object.hasOwn(PUSH_OUTCOMES, reason) ? PUSH_OUTCOMES[reason] : undefined;
  if (outcome !== undefined) failed.set(outcome, (failed.get(outcome) ?? 0) + 1);
}

function count(events: Map<string, number>, event: string): void {
  const name = events.has(event) || events.size < MAX_EVENTS ? event : 'other';
  events.set(name, (events.get(name) ?? 0) + 1);
}
