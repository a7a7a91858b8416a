/** Counts HTTP calls by route and status, both of which have few values. */
import type { Sample } from './registry';

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
}
