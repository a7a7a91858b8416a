/** The results of the trials: a table, and whether each bar is met. */
import { figure } from '../report/numbers';
import { textTable } from '../report/text-table';
import type { TrialResult } from './trial';

/** Bytes of resident memory; the factor by which a ping may slow down; bytes of heap growth that do not count as a leak. */
export const BARS = { rss: 700_000_000, ratio: 10, growth: 16_777_216 };

export function missedBars({ quiet, attacked, peakRss, heapGrowth, failure }: TrialResult): string[] {
  const missed: string[] = [];
  if (failure !== undefined) missed.push(failure);
  if (!(peakRss < BARS.rss)) missed.push('memory');
  if (!(attacked.p99 / quiet.p99 <= BARS.ratio)) missed.push('p99');
  if (heapGrowth !== undefined && heapGrowth > BARS.growth) missed.push('leak');
  return missed;
}

const HEAD = [
  'attack',
  'connections opened',
  'cut off',
  'resident, MB',
  'quiet p99, ms',
  'p99, ms',
  'ratio',
  'heap grown by, MiB',
  'bars (700 MB, 10 times)',
  'measured on',
];

export function attackTable(results: readonly TrialResult[]): string {
  const rows = results.map((result) => {
    const { label, quiet, attacked, peakRss, counts, heapGrowth } = result;
    const missed = missedBars(result);
    return [
      label,
      counts.opened.toLocaleString('en'),
      counts.cutOff.toLocaleString('en'),
      figure(peakRss / 1e6),
      figure(quiet.p99),
      figure(attacked.p99),
      (attacked.p99 / quiet.p99).toFixed(1),
      heapGrowth === undefined ? '-' : (heapGrowth / 1_048_576).toFixed(1),
      missed.length === 0 ? 'met' : `missed: ${missed.join(', ')}`,
      new Date().toISOString().slice(0, 10),
    ];
  });
  return textTable([HEAD, ...rows]);
}
