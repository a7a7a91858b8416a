/** Counts HTTP calls by route and status, both of which have few values. */
import type { Sample } from './registry';

/** Calls that push to one client. */
const PUSHES = ['POST /send_message', 'POST /call_tool'];

/** Outcome names of failed pushes, by status. Other statuses are errors of the caller, and reached no client. */
const FAILED_PUSHES: Readonly<Record<number, string>> = {
  404: 'not_connected',
  409: 'gone',
  429: 'throttled',
  500: 'failed',
  503: 'failed',
};

export class RequestCounts {
  readonly #byRoute = new Map<string, Map<number, number>>();

  add(routeKey: string, status: number): void {
    let byStatus = this.#byRoute.get(routeKey);
    if (!byStatus) {
      byStatus = new Map();
      this.#byRoute.set(routeKey, byStatus);
    }
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  }

  *all(): Iterable<Sample> {
    for (const [route, byStatus] of this.#byRoute) {
      for (const [status, count] of byStatus) yield [{ route, status: String(status) }, count];
    }
  }

  failedPushes(): [outcome: string, count: number][] {
    const outcomes = new Map<string, number>(Object.values(FAILED_PUSHES).map((outcome) => [outcome, 0]));
    for (const route of PUSHES) {
      for (const [status, count] of this.#byRoute.get(route) ?? []) {
        const outcome = FAILED_PUSHES[status];
        if (outcome !== undefined) outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + count);
      }
    }
    return [...outcomes];
  }
}
