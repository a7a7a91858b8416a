/** Prometheus metrics whose values are collected at scrape time. prom-client formats them. */
import { Counter, Gauge, type Histogram, Registry } from 'prom-client';

type Labels = Record<string, string>;

/** A value and its labels. */
export type Sample = readonly [Labels, number];

export interface Buckets {
  labels: Labels;
  /** Counts by upper bound of the metric, plus one for values beyond the last. */
  counts: readonly number[];
  sum: number;
}

type Read<Value> = () => Value | Promise<Value>;

export interface MetricRegistry {
  registry: Registry;
  /** @param labelNames  of each sample */
  counter(name: string, help: string, labelNames: readonly string[], read: Read<Iterable<Sample>>): void;
  gauge(name: string, help: string, labelNames: readonly string[], read: Read<Iterable<Sample>>): void;
  histogram(name: string, help: string, bounds: readonly number[], read: Read<Iterable<Buckets>>): void;
}

export function createRegistry(): MetricRegistry {
  const registry = new Registry();
  const registers = [registry];
  return {
    registry,

    counter(name, help, labelNames, read) {
      const counter: Counter = new Counter({ name, help, labelNames, registers, collect: () => fill(counter, read) });
    },

    gauge(name, help, labelNames, read) {
      const gauge: Gauge = new Gauge({ name, help, labelNames, registers, collect: () => fill(gauge, read) });
    },

    /** The library's own histogram accepts single observations, not counts. */
    histogram(name, help, bounds, read) {
      const get = async () => ({
        name,
        help,
        type: 'histogram',
        aggregator: 'sum',
        values: [...(await read())].flatMap((buckets) => valuesOf(name, bounds, buckets)),
      });
      registry.registerMetric({ name, get } as unknown as Histogram);
    },
  };
}

/** Keeps no values: it reads them at each scrape. */
async function fill(metric: Counter | Gauge, read: Read<Iterable<Sample>>): Promise<void> {
  const samples = await read();
  metric.reset();
  for (const [labels, value] of samples) metric.inc(labels, value);
}

function valuesOf(name: string, bounds: readonly number[], { labels, counts, sum }: Buckets) {
  let total = 0;
  const buckets = counts.map((count, index) => {
    total += count;
    return { metricName: `${name}_bucket`, labels: { ...labels, le: bounds[index] ?? '+Inf' }, value: total };
  });
  return [
    ...buckets,
    { metricName: `${name}_sum`, labels, value: sum },
    { metricName: `${name}_count`, labels, value: total },
  ];
}
