/**
 * `npm run simulate`: a broadcast to 100,000 and to 1,000,000 connections, on a virtual clock. `-- --seed 7` uses another random seed, `--
 * --connections 5000` another size; `--write` renews docs/simulation.md.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endWithUsage, sentenceOf, UsageError } from '../../cli/usage-error';
import { optionsOf } from '../../lib/function-table';
import { assumptions } from './assumptions';
import { measureTask } from './measure-task';
import { measurementTable, priceNote, simulationTable } from './report';
import { type Simulation, type SimulationOptions, simulate } from './simulate';

const FILE = join(__dirname, '../../docs/simulation.md');

/** Sessions and characters of the two measured tasks: a typical message, and one of almost the maximum size. */
const MEASURED = [
  { sessions: 10_000, contentLength: 100 },
  { sessions: 1_500, contentLength: 130_000 },
] as const;

/**
 * The function as deployed, and the measured cost per session with a typical message, rounded up. The exact figure would make each run
 * different.
 */
const FUNCTION = { memoryMegabytes: optionsOf('broadcasts/segment').memory, coreMillisecondsAPost: 0.9 };

/** Write units a second of an on-demand table: DynamoDB's quota for a table, and the capacity of a new one. */
const TABLE_QUOTA = 40_000;
const NEW_TABLE = 4_000;

const USAGE = [
  'npm run simulate -- [--connections NUMBER] [--seed NUMBER] [--write]',
  '',
  'Simulates a broadcast with the code of lambdas/ on a virtual clock, and measures one task.',
  '',
  '  --connections NUMBER   default: 100,000 and 1,000,000',
  '  --seed NUMBER          random seed; default: 1',
  '  --write                renews docs/simulation.md',
];

const optionsGiven = {
  options: {
    seed: { type: 'string', default: '1' },
    connections: { type: 'string' },
    write: { type: 'boolean', default: false },
  },
} as const;
type Values = ReturnType<typeof parseArgs<typeof optionsGiven>>['values'];

function wholeNumber(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new UsageError(`"${text}" is not a whole number.`);
  return Number(text);
}

function asked(values: Values): (SimulationOptions & { title: string })[] {
  const same = { ...FUNCTION, seed: wholeNumber(values.seed), contentLength: 100, tableWritesASecond: TABLE_QUOTA };
  const sizes = values.connections === undefined ? [100_000, 1_000_000] : [wholeNumber(values.connections)];
  const usual = sizes.map((connections) => ({ ...same, connections, title: connections.toLocaleString('en') }));
  const [smallest = 0] = sizes;
  const title = `${smallest.toLocaleString('en')}, history in a new table`;
  return [...usual, { ...same, connections: smallest, tableWritesASecond: NEW_TABLE, title }];
}

async function main(): Promise<void> {
  endWithUsage(USAGE);
  const { values } = parseArgs(optionsGiven);
  const simulations = [];
  for (const { title, ...options } of asked(values)) simulations.push({ title, ...(await simulate(options)) });
  const measurements = [];
  for (const { sessions, contentLength } of MEASURED) measurements.push(await measureTask(sessions, contentLength));
  const text = [
    '# A broadcast to a million, simulated',
    '',
    'Written by `npm run simulate -- --write`. The simulation runs the code of `lambdas/`, from `POST /broadcast` to the last checkpoint,',
    'with the AWS adapters. Only the layers below are simulated: the SDK’s clients, Lambda, and time (`bench/simulate/`).',
    `Seed ${values.seed}; the same seed gives the same table.`,
    '',
    simulationTable(simulations),
    '',
    priceNote(),
    '',
    '## What is assumed',
    '',
    ...assumptions(simulations[0] as Simulation, NEW_TABLE),
    '',
    '## One task, measured',
    '',
    'The bundle of the function runs in its own process, against local stubs, with the heap that Node has in a function of 128 MB.',
    'This part is measured, so its figures differ between runs.',
    '',
    measurementTable(measurements),
    '',
  ].join('\n');
  process.stdout.write(text);
  if (values.write) writeFileSync(FILE, text);
}

main().catch((error) => {
  process.stderr.write(`${sentenceOf(error)}\n`);
  process.exitCode = 1;
});
