/** The tables of a run: first the bars, then all figures, then the background. */
import { type Bar, bars, isMet } from '../bars';
import { type Measure, type MeasureName, measures } from '../measures';
import { IN_FLIGHT, TABLE } from '../plan';
import type { Figure, Readings } from '../readings';
import { type TargetName, targets } from '../targets/targets';
import { figure, ratioWithSpread } from './numbers';
import { textTable } from './text-table';

const COMPARED: readonly TargetName[] = ['local', 'bare', 'socket_io', 'centrifugo', 'wire'];

interface Row {
  measure: MeasureName;
  connections: number;
}

const rates: Row[] = (['chat_rate', 'ping_rate', 'tool_call_rate'] as const).map((measure) => ({
  measure,
  connections: TABLE.rates,
}));
const processors: Row[] = (['chat_processor', 'ping_processor', 'tool_call_processor'] as const).map((measure) => ({
  measure,
  connections: TABLE.rates,
}));
const latencies: Row[] = (
  ['chat_p50', 'ping_p50', 'tool_call_p50', 'chat_p99', 'ping_p99', 'tool_call_p99'] as const
).map((measure) => ({ measure, connections: TABLE.latencies }));
const broadcasts: Row[] = TABLE.broadcasts.map((connections) => ({ measure: 'broadcast', connections }));
const memory: Row[] = (['memory_rss', 'memory_heap'] as const).map((measure) => ({
  measure,
  connections: TABLE.memory,
}));
const others: Row[] = [
  { measure: 'connects', connections: TABLE.connects },
  { measure: 'start_up', connections: 0 },
];

/** Each bar, the measured ratio, and the medians on both sides. */
export function barsTable(readings: Readings): string {
  const rows = bars.map((bar) => {
    const { measure, connections, to } = bar;
    const ratio = readings.ratio(measure, 'local', to, connections);
    const { label, unit }: Measure = measures[measure];
    const medians = (['local', to] as const).map((name) => medianOf(readings.figure(measure, name, connections)));
    const found = ratio ? [ratioWithSpread(ratio), verdict(bar, ratio.median)] : ['-', 'not measured'];
    return [`${label}, ${unit}`, count(connections), targets[to].label, ...found, ...medians];
  });
  return textTable([['', 'connections', 'compared with', 'ratio', 'bar', 'Switchboard', 'the other'], ...rows]);
}

/** Each figure, the ratio, and the medians of all servers. */
export function mainTable(readings: Readings): string {
  const names = COMPARED.filter((name) => readings.all.some(({ target }) => target === name));
  const head = ['', 'connections', 'ratio to bare ws', ...names.map((name) => targets[name].label)];
  const rows = [...rates, ...latencies, ...broadcasts, ...memory, ...others].flatMap(({ measure, connections }) => {
    const ratio = readings.ratio(measure, 'local', 'bare', connections);
    if (!ratio) return [];
    const { label, unit }: Measure = measures[measure];
    const medians = names.map((name) => medianOf(readings.figure(measure, name, connections)));
    return [[`${label}, ${unit}`, count(connections), ratioWithSpread(ratio), ...medians]];
  });
  return textTable([head, ...rows]);
}

/** Processor time of broadcasts and handshakes, how much of it the system calls take, and what a client sees. */
export function sendsTable(readings: Readings): string {
  const head = ['', 'connections', 'server', 'µs', 'to bare ws', 'writes alone', 'seen by clients', 'to bare ws'];
  const names: readonly TargetName[] = ['local', 'other', 'bare', 'bare_writes', 'centrifugo'];
  const rows = TABLE.broadcasts.flatMap((connections) =>
    names.flatMap((name) => sendsRow(readings, name, 'broadcast_processor', 'broadcast', connections)),
  );
  const handshakes = names
    .filter((name) => name !== 'bare_writes') // the same server as bare ws, but for a broadcast
    .flatMap((name) => sendsRow(readings, name, 'connects_processor', 'connects', TABLE.connects));
  return textTable([head, ...rows, ...handshakes]);
}

function sendsRow(
  readings: Readings,
  name: TargetName,
  used: 'broadcast_processor' | 'connects_processor',
  seen: 'broadcast' | 'connects',
  connections: number,
): string[][] {
  const [processor, outside] = [readings.figure(used, name, connections), readings.figure(seen, name, connections)];
  const [ratio, outsideRatio] = [used, seen].map((measure) => readings.ratio(measure, name, 'bare', connections));
  if (!processor || !outside || !ratio || !outsideRatio) return [];
  const writes = seen === 'broadcast' ? readings.ratio(used, 'bare_writes', name, connections) : undefined;
  const best = seen === 'broadcast' ? outside.least : outside.most;
  return [
    [
      measures[used].label,
      count(connections),
      targets[name].label,
      figure(processor.least),
      ratioWithSpread(ratio),
      share(writes),
      `${figure(best)} ${measures[seen].unit}`,
      ratioWithSpread(outsideRatio),
    ],
  ];
}

/** This checkout compared with another one. */
export function againstTable(readings: Readings): string {
  const rows = [...rates, ...processors, ...latencies, ...memory].flatMap(({ measure, connections }) => {
    const ratio = readings.ratio(measure, 'local', 'other', connections);
    if (!ratio) return [];
    const { label, unit }: Measure = measures[measure];
    const medians = (['local', 'other', 'bare'] as const).map((name) =>
      medianOf(readings.figure(measure, name, connections)),
    );
    return [[`${label}, ${unit}`, count(connections), ratioWithSpread(ratio), ...medians]];
  });
  return textTable([['', 'connections', 'ratio to the other', 'this checkout', 'the other', 'bare ws'], ...rows]);
}

/** The processor that limited each rate: the server's, as it should be, or the load's. */
export function processorTable(readings: Readings): string {
  const head = ['', 'message', 'processor time a message, µs', 'ratio to bare ws', 'server busy', 'load busy'];
  const names: readonly TargetName[] = ['local', 'bare', 'bare_together', 'socket_io', 'wire'];
  const rows = (['chat', 'ping', 'tool_call'] as const).flatMap((message) =>
    names.flatMap((name) => {
      const used = readings.figure(`${message}_processor`, name, TABLE.rates);
      const ratio = readings.ratio(`${message}_processor`, name, 'bare', TABLE.rates);
      if (!used || !ratio) return [];
      const busy = readings.figure(`${message}_server_busy`, name, TABLE.rates);
      const load = readings.figure(`${message}_load_busy`, name, TABLE.rates);
      return [[targets[name].label, message, figure(used.median), ratioWithSpread(ratio), share(busy), share(load)]];
    }),
  );
  return textTable([head, ...rows]);
}

/** Further figures: a higher limit, and the cost of a log line per connection. */
export function asideTable(readings: Readings): string {
  const head = ['', 'connections', 'ratio'];
  const aside = (label: string, measure: MeasureName, ours: TargetName, to: TargetName, connections: number) => {
    const ratio = readings.ratio(measure, ours, to, connections);
    return ratio ? [[label, count(connections), ratioWithSpread(ratio)]] : [];
  };
  const together = rates.flatMap(({ measure, connections }) =>
    aside(
      `${measures[measure].label}: Switchboard to a bare ws that sends as much at once`,
      measure,
      'local',
      'bare_together',
      connections,
    ),
  );
  const info = [...rates, ...others].flatMap(({ measure, connections }) =>
    aside(`${measures[measure].label}: \`LOG_LEVEL=info\` to \`error\``, measure, 'local_info', 'local', connections),
  );
  return textTable([head, ...together, ...info]);
}

export const RATE_NOTE = `Rates: ${TABLE.rates} connections, ${IN_FLIGHT} messages under way on each.`;

function verdict(bar: Bar, ratio: number): string {
  const wanted = 'atLeast' in bar.wanted ? `≥ ${bar.wanted.atLeast.toFixed(2)}` : `≤ ${bar.wanted.atMost.toFixed(2)}`;
  return `${isMet(bar, ratio) ? 'met' : 'NOT MET'}: ${wanted}`;
}

function medianOf(found: Figure | undefined): string {
  return found ? figure(found.median) : '-';
}

function share(found: Figure | undefined): string {
  return found ? found.median.toFixed(2) : '-';
}

function count(connections: number): string {
  return connections === 0 ? '' : connections.toLocaleString('en');
}
