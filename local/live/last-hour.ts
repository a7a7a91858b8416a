/** Samples of the last hour for the console; lost at a restart. */
import type { LogCounts } from '../metrics/counting-log';

export interface HourSample {
  /** Milliseconds since 1970. */
  at: number;
  clients: number;
  /** Client messages per second. */
  rate: number;
  /** By kind, since the previous sample: errors in the log, error codes sent to clients, and reasons of refusals. */
  errors: Readonly<Record<string, number>>;
}

export interface HourSources {
  counts: LogCounts;
  clients(): number;
  /** By reason, since the start. */
  refused(): Readonly<Record<string, number>>;
}

const HOUR = 3_600_000;

export class LastHour {
  readonly #sources: HourSources;
  readonly #samples: HourSample[] = [];
  #before: { at: number; messages: number; errors: ReadonlyMap<string, number> };

  /** @param at  milliseconds since 1970 */
  constructor(sources: HourSources, at: number) {
    this.#sources = sources;
    this.#before = { at, messages: 0, errors: new Map() };
  }

  /** Takes a sample, and drops those older than an hour. */
  take(at: number): HourSample {
    const { counts, clients } = this.#sources;
    const { at: last, messages: messagesBefore, errors: errorsBefore } = this.#before;
    const messages = messagesIn(counts);
    const errors = this.#errors();
    const more = [...errors].map(([kind, count]) => [kind, count - (errorsBefore.get(kind) ?? 0)] as const);
    const seconds = Math.max(0.001, (at - last) / 1_000);
    const sample: HourSample = {
      at,
      clients: clients(),
      rate: Math.round((10 * (messages - messagesBefore)) / seconds) / 10,
      errors: Object.fromEntries(more.filter(([, count]) => count > 0)),
    };
    this.#before = { at, messages, errors };
    this.#samples.push(sample);
    while ((this.#samples[0]?.at ?? at) < at - HOUR) this.#samples.shift();
    return sample;
  }

  /** Whether there is a sample from this second. */
  isFresh(at: number): boolean {
    return at - (this.#samples.at(-1)?.at ?? 0) < 1_000;
  }

  /** Samples after this time. */
  after(at: number): HourSample[] {
    return this.#samples.filter((sample) => sample.at > at);
  }

  /** Since the start. */
  #errors(): Map<string, number> {
    const { counts, refused } = this.#sources;
    const all = new Map(counts.errors);
    const add = (kind: string, count: number) => all.set(kind, (all.get(kind) ?? 0) + count);
    for (const { results } of counts.messages.byType.values()) {
      for (const [code, count] of Object.entries(results)) if (code !== 'ok') add(code, count);
    }
    for (const [reason, count] of Object.entries(refused())) add(reason, count);
    add('unauthorized', counts.infos.get('connection_refused') ?? 0);
    return all;
  }
}

function messagesIn({ messages }: LogCounts): number {
  let sum = 0;
  for (const { results } of messages.byType.values()) for (const count of Object.values(results)) sum += count;
  return sum;
}
