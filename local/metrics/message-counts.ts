/** Counts of the messages that clients sent: plain integers, written for each message and read by a scrape. */
import type { LogFields } from '../../lambdas/ports/runtime';

/** Upper bounds in milliseconds. What takes longer is counted in the sum and the total alone. */
export const MESSAGE_BUCKETS = [1, 2, 5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000] as const;

export interface TypeCounts {
  /** By result: `ok`, or the code of the error. */
  results: Record<string, number>;
  /** Messages by the first of the bounds that they stay within; those beyond the last come after it. */
  buckets: number[];
  /** Milliseconds of all together. */
  sum: number;
}

export class MessageCounts {
  readonly byType = new Map<string, TypeCounts>();

  /** @param fields  of the log event `message_handled`, where `type` is a known one and `error` is of the closed set */
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
