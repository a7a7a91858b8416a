/** The results of a simulation as Markdown. */
import { MESSAGE_METER_BYTES, PRICES, PRICES_DATE } from '../prices';
import type { TaskMeasurement } from './measure-task';
import type { Simulation } from './simulate';

const MILLION = 1_000_000;

interface Dollars {
  gateway: number;
  lambda: number;
  dynamo: number;
}

/** Posts to gone connections are charged here like all others, because nothing says that they are not; throttled ones are free. */
function dollarsOf({ posts, messageBytes, functions, database, options }: Simulation): Dollars {
  const gigabyteSeconds = (functions.milliseconds / 1_000) * (options.memoryMegabytes / 1_024);
  return {
    gateway: posts.accepted * dollarsAMessage(messageBytes),
    lambda: functions.invocations * PRICES.lambdaRequest + gigabyteSeconds * PRICES.lambdaGigabyteSecond,
    dynamo: database.writeUnits * PRICES.dynamoWriteUnit + database.readUnits * PRICES.dynamoReadUnit,
  };
}

function dollarsAMessage(bytes: number): number {
  return Math.ceil(bytes / MESSAGE_METER_BYTES) * PRICES.webSocketMessage;
}

/** One row per figure, one column per simulation. */
export function simulationTable(simulations: readonly (Simulation & { title: string })[]): string {
  const rows: [name: string, cell: (simulation: Simulation) => string][] = [
    ['connections', ({ options }) => count(options.connections)],
    ['of them gone', ({ posts }) => count(posts.gone)],
    ['time', ({ seconds }) => `${seconds.toFixed(1)} s`],
    ['minimum time due to the quota', ({ quotaSeconds }) => `${quotaSeconds.toFixed(1)} s`],
    ['**ratio** (bar: 1.2)', ({ seconds, quotaSeconds }) => `**${(seconds / quotaSeconds).toFixed(3)}**`],
    ['posts', ({ posts }) => count(posts.accepted + posts.throttled)],
    [
      'of these, answered 429 and retried',
      ({ posts }) => `${count(posts.throttled)} (${percent(posts.throttled, posts.accepted)})`,
    ],
    ['checks whether a connection is open', ({ posts }) => count(posts.asked)],
    [
      '**open connections that got it** (bar: 100 %)',
      ({ population }) => `**${percent(population.reached, population.living)}**`,
    ],
    ['of these, got it twice', ({ population }) => count(population.repeats)],
    ['of these, have it in their history', ({ database, population }) => percent(database.kept, population.reached)],
    ['remaining sessions of gone connections', ({ population }) => count(population.goneLeft)],
    ['DynamoDB calls', ({ database }) => count([...database.calls.values()].reduce((sum, calls) => sum + calls, 0))],
    ['of them', ({ database }) => callsOf(database.calls)],
    ['write units, read units', ({ database }) => `${count(database.writeUnits)}, ${count(database.readUnits)}`],
    ['tasks', ({ functions }) => count(functions.invocations)],
    ['the longest of them', ({ functions }) => `${(functions.longestMilliseconds / 1_000).toFixed(1)} s`],
    ['Lambda seconds', ({ functions }) => count(functions.milliseconds / 1_000)],
    ['API Gateway', (simulation) => dollars(dollarsOf(simulation).gateway)],
    ['DynamoDB', (simulation) => dollars(dollarsOf(simulation).dynamo)],
    ['Lambda', (simulation) => dollars(dollarsOf(simulation).lambda)],
    ['**a million deliveries**', (simulation) => `**${dollars(aMillion(simulation, total(dollarsOf(simulation))))}**`],
    ['the floor: only the deliveries and Lambda', (simulation) => dollars(aMillion(simulation, floorOf(simulation)))],
  ];
  return table(
    ['', ...simulations.map(({ title }) => title)],
    rows.map(([name, cell]) => [name, ...simulations.map(cell)]),
  );
}

export function measurementTable(measurements: readonly TaskMeasurement[]): string {
  return table(
    ['message', 'sessions', '**peak memory** (bar: 128 MB)', 'of a core, each session'],
    measurements.map(({ messageBytes, sessions, memoryBytes, coreMilliseconds }) => [
      `${count(messageBytes)} B`,
      count(sessions),
      `**${(memoryBytes / 1_048_576).toFixed(0)} MB**`,
      `${coreMilliseconds.toFixed(2)} ms`,
    ]),
  );
}

export function priceNote(): string {
  return `Prices: us-east-1, ${PRICES_DATE}, without free tiers.`;
}

function total({ gateway, lambda, dynamo }: Dollars): number {
  return gateway + lambda + dynamo;
}

function floorOf(simulation: Simulation): number {
  return simulation.population.reached * dollarsAMessage(simulation.messageBytes) + dollarsOf(simulation).lambda;
}

function aMillion({ population }: Simulation, sum: number): number {
  return (sum / population.reached) * MILLION;
}

function callsOf(calls: ReadonlyMap<string, number>): string {
  return [...calls].map(([name, times]) => `${name.replace(/Command$/, '')} ${count(times)}`).join(', ');
}

function table(head: string[], rows: string[][]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function count(value: number): string {
  return Math.round(value).toLocaleString('en');
}

/** Rounded down: 100 % means all. */
function percent(part: number, whole: number): string {
  return `${Math.floor((part / whole) * 10_000) / 100} %`;
}

function dollars(amount: number): string {
  return `$${amount < 0.1 ? amount.toFixed(4) : amount.toFixed(2)}`;
}
