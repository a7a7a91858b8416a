/** How the figures grow with the number of connections, as an SVG of small panels: one panel per figure, one line per server. */
import { type Measure, type MeasureName, measures } from '../measures';
import type { Readings } from '../readings';
import { type TargetName, targets } from '../targets/targets';
import { figure } from './numbers';

const PANELS: readonly MeasureName[] = [
  'chat_rate',
  'ping_rate',
  'tool_call_rate',
  'chat_p50',
  'broadcast',
  'memory_rss',
];
const LINES: readonly TargetName[] = ['local', 'bare', 'socket_io', 'wire'];

const PANEL = { width: 360, height: 250, columns: 3 };
/** Margin around a panel's plot; on the right for the names of the lines. */
const MARGIN = { left: 58, top: 44, right: 88, bottom: 34 };
/** Minimum distance in pixels between two names. */
const NAME_HEIGHT = 13;

const STYLE = `
  text { font: 11px system-ui, sans-serif; fill: #444 } .title { font-size: 13px; font-weight: 600; fill: #111 }
  .grid { stroke: #ddd } .line { fill: none; stroke-width: 2 } svg { background: #fff }
  .local { stroke: #0b63c5; fill: #0b63c5 } .bare { stroke: #777; fill: #777 }
  .socket_io { stroke: #b8531a; fill: #b8531a } .wire { stroke: #7a4bb8; fill: #7a4bb8 } text.name { stroke: none; font-weight: 600 }
  @media (prefers-color-scheme: dark) {
    svg { background: #0d1117 } text { fill: #aaa } .title { fill: #eee } .grid { stroke: #2c333b }
    .local { stroke: #58a6ff; fill: #58a6ff } .bare { stroke: #9a9a9a; fill: #9a9a9a }
    .socket_io { stroke: #f0883e; fill: #f0883e } .wire { stroke: #bc8cff; fill: #bc8cff }
  }`;

interface Point {
  connections: number;
  value: number;
}

export function growthPicture(readings: Readings): string {
  const panels = PANELS.filter((measure) => readings.connectionsOf(measure).length > 1);
  const width = PANEL.width * PANEL.columns;
  const height = PANEL.height * Math.ceil(panels.length / PANEL.columns);
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" role="img">`,
    '<title>How each figure grows with the number of connections</title>',
    `<style>${STYLE}</style>`,
    ...panels.map((measure, index) => {
      const [x, y] = [(index % PANEL.columns) * PANEL.width, Math.floor(index / PANEL.columns) * PANEL.height];
      return `<g transform="translate(${x} ${y})">${panelOf(measure, readings)}</g>`;
    }),
    '</svg>\n',
  ].join('\n');
}

function panelOf(measure: MeasureName, readings: Readings): string {
  const lines = LINES.map((target) => ({ target, points: pointsOf(measure, target, readings) })).filter(
    ({ points }) => points.length > 0,
  );
  const all = lines.flatMap(({ points }) => points);
  const x = scale(extent(all.map(({ connections }) => connections)), [MARGIN.left, PANEL.width - MARGIN.right]);
  const y = scale(extent(all.map(({ value }) => value)), [PANEL.height - MARGIN.bottom, MARGIN.top]);
  const { label, unit }: Measure = measures[measure];
  return [
    `<text class="title" x="${MARGIN.left}" y="18">${label}, ${unit}</text>`,
    ...decades(all.map(({ value }) => value)).map((value) => gridLine(y(value), figure(value))),
    ...[...new Set(all.map(({ connections }) => connections))]
      .filter((connections) => Number.isInteger(Math.log10(connections)))
      .map((connections) => tick(x(connections), connections.toLocaleString('en'))),
    ...lines.map(({ target, points }) => {
      const path = points.map((point) => `${round(x(point.connections))},${round(y(point.value))}`).join(' ');
      return `<polyline class="line ${target}" style="fill: none" points="${path}"/>`;
    }),
    ...namesOf(lines, x, y),
  ].join('\n');
}

function pointsOf(measure: MeasureName, target: TargetName, readings: Readings): Point[] {
  return readings.connectionsOf(measure).flatMap((connections) => {
    const found = readings.figure(measure, target, connections);
    return found && connections >= 1 ? [{ connections, value: found.median }] : [];
  });
}

/** The name at the end of each line, moved down if it would overlap the one above. */
function namesOf(
  lines: readonly { target: TargetName; points: Point[] }[],
  x: (value: number) => number,
  y: (value: number) => number,
): string[] {
  const ends = lines
    .map(({ target, points }) => ({ target, end: points.at(-1) as Point }))
    .sort((one, other) => y(one.end.value) - y(other.end.value));
  let free = 0;
  return ends.map(({ target, end }) => {
    const at = Math.max(y(end.value) + 4, free);
    free = at + NAME_HEIGHT;
    const name = targets[target].label.replaceAll('`', '');
    return `<text class="name ${target}" x="${round(x(end.connections) + 6)}" y="${round(at)}">${name}</text>`;
  });
}

function gridLine(y: number, label: string): string {
  const right = PANEL.width - MARGIN.right;
  return `<line class="grid" x1="${MARGIN.left}" x2="${right}" y1="${round(y)}" y2="${round(y)}"/><text text-anchor="end" x="${MARGIN.left - 6}" y="${round(y + 4)}">${label}</text>`;
}

function tick(x: number, label: string): string {
  return `<text text-anchor="middle" x="${round(x)}" y="${PANEL.height - MARGIN.bottom + 16}">${label}</text>`;
}

/** Both axes are logarithmic: equal ratios are equal distances. */
function scale([least, most]: [number, number], [from, to]: [number, number]) {
  const span = Math.log(most / least) || 1;
  return (value: number) => from + ((to - from) * Math.log(value / least)) / span;
}

function extent(values: readonly number[]): [number, number] {
  return [Math.min(...values), Math.max(...values)];
}

/** Round values across the range: powers of ten, with their doubles and fives if those alone are too few. */
function decades(values: readonly number[]): number[] {
  const [least, most] = extent(values);
  const steps = most / least > 100 ? [1] : [1, 2, 5];
  const first = Math.floor(Math.log10(least));
  const last = Math.ceil(Math.log10(most));
  return Array.from({ length: last - first + 1 }, (_, index) => steps.map((step) => step * 10 ** (first + index)))
    .flat()
    .filter((value) => value >= least && value <= most);
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
