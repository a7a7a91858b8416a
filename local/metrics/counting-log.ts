/** A log that counts its lines, because some log lines are metrics on AWS. Transparent to handlers. */
import type { Log, LogFields } from '../../lambdas/ports/runtime';
import { MessageCounts } from './message-counts';

/** Event names are few, but your own code can log any name, so their number is limited. */
const MAX_EVENTS = 200;

export class LogCounts {
  readonly messages = new MessageCounts();
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

function count(events: Map<string, number>, event: string): void {
  const name = events.has(event) || events.size < MAX_EVENTS ? event : 'other';
  events.set(name, (events.get(name) ?? 0) + 1);
}
