/** Counts client messages: plain integers, updated per message and read at a scrape. */
import type { LogFields } from '../../lambdas/ports/runtime';

/** Upper bounds in milliseconds. Longer durations count only in the sum and the total. */
export const MESSAGE_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000] as const;

export interface TypeCounts {
  /** By result: `ok`, or the code of the error. */
  results: Record<string, number>;
  /** Message counts by the first upper bound that fits, plus one for durations beyond the last. */
  buckets: number[];
  /** Sum in milliseconds. */
  sum: number;
}

export class MessageCounts {
  readonly byType = new Map<string, TypeCounts>();

  /** @param fields  of the log event `message_handled`, in which `type` is a known type and `error` is from the closed set */
  add({ type = 'unknown', error = 'ok', ms }: LogFields): void {
    const counts = this.byType.get(type as string) ?? this.#begin(type as string);
    const milliseconds = ms as number;
    counts.results[error as string] = (counts.results[error as string] ?? 0) + 1;
    let bucket = 0;
    while (milliseconds > (MESSAGE_BUCKETS[bucket] ?? Number.POSITIVE_INFINITY)) bucket += 1;
    counts.buckets[bucket] = (counts.buckets[bucket] as number) + 1;
    counts.sum += milliseconds;
  }

  #begin(type: string): TypeCounts {
    const counts = { results: {}, buckets: Array(MESSAGE_BUCKETS.length + 1).fill(0), sum: 0 };
    this.byType.set(type, counts);
    return counts;
  }
}
