/** Adds up broadcast counts. */
import type { Counts } from '../ports/broadcast-store';

export const NO_COUNTS: Readonly<Counts> = { recipients: 0, delivered: 0, gone: 0, failed: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    recipients: a.recipients + b.recipients,
    delivered: a.delivered + b.delivered,
    gone: a.gone + b.gone,
    failed: a.failed + b.failed,
  };
}
