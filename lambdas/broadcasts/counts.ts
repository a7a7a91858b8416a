/** What came of the sessions of a broadcast, in numbers that add up: recipients are delivered, gone and failed. */

export interface Counts {
  /** Sessions found, and tried. */
  recipients: number;
  delivered: number;
  /** Found to have left; their sessions are ended. */
  gone: number;
  /** Connected, and not reached: throttled to the end, or too slow. */
  failed: number;
}

export const NO_COUNTS: Readonly<Counts> = { recipients: 0, delivered: 0, gone: 0, failed: 0 };

export function addCounts(a: Counts, b: Counts): Counts {
  return {
    recipients: a.recipients + b.recipients,
    delivered: a.delivered + b.delivered,
    gone: a.gone + b.gone,
    failed: a.failed + b.failed,
  };
}
