/**
 * `npm run bench:resume`: how soon a client that was away has what it missed, on each host of one machine. Ends with 1 where a bar is missed,
 * or where a frame is lost, shown twice or out of order; `--write` renews docs/performance.md.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { endWithUsage, sentenceOf, UsageError } from '../../cli/usage-error';
import { startDynamoLocal } from '../../test/support/dynamodb-local';
import { startTestServer, type TestServer } from '../../test/support/local-server';
import { describeMachine } from '../machine';
import { measuredWith, writeMeasured } from '../report/measured-part';
import { figure } from '../report/numbers';
import { textTable } from '../report/text-table';
import { AwayClient } from './away-client';

const HOUR = 3_600_000;

interface Absence {
  name: string;
  /** Pushes that the client misses. */
  missed: number;
  /** Milliseconds, by the server's clock. */
  length: number;
  trials: number;
  /** Whether the history still has what was missed. */
  isKept: boolean;
  /** Milliseconds that 99 of 100 clients may take. */
  bar?: number;
}

const ABSENCES: readonly Absence[] = [
  { name: 'a cut, 20 frames missed', missed: 20, length: 0, trials: 200, isKept: true, bar: 500 },
  { name: 'an hour, 1,000 frames missed', missed: 1_000, length: HOUR, trials: 5, isKept: true, bar: 3_000 },
  { name: 'longer than the history', missed: 20, length: 25 * HOUR, trials: 5, isKept: false },
];

const HEAD = ['server', 'absence', 'trials', 'recovered', 'ms, p50', 'ms, p99', 'bar'];

const USAGE = [
  'npm run bench:resume -- [--trials=NUMBER] [--write]',
  '',
  'Measures how soon a client that was cut off has what it missed. Needs DynamoDB Local, takes some minutes, and exits with 1 if a bar',
  'is missed.',
  '',
  '  --trials=NUMBER   per absence',
  '  --write           renews docs/performance.md',
];

let passed = 0;
const { now } = Date;
Date.now = () => now() + passed;

/** @returns milliseconds @throws Error unless the client was shown what it missed, or told that it is gone */
async function tryOnce(server: TestServer, { missed, length, isKept }: Absence): Promise<number> {
  const client = await AwayClient.connect(server);
  await client.cut();
  await client.push(missed);
  passed += length;
  const { milliseconds, recovery, seqs } = await client.comeBack();
  await client.close();
  const isAllInOrder = seqs.length === missed && seqs.every((seq, index) => seq === index + 1);
  if (recovery?.recovered !== isKept || isAllInOrder !== isKept) {
    throw new Error(`${missed} frames were missed; the client was shown ${seqs} and told ${JSON.stringify(recovery)}.`);
  }
  return milliseconds;
}

/** @returns rows of the table */
async function measure(name: string, server: TestServer, trials: number | undefined): Promise<string[][]> {
  const rows: string[][] = [];
  for (const absence of ABSENCES) {
    process.stderr.write(`${name}: ${absence.name}\n`);
    const count = trials ?? absence.trials;
    const taken: number[] = [];
    for (let trial = 0; trial < count; trial++) taken.push(await tryOnce(server, absence));
    const sorted = taken.toSorted((one, other) => one - other);
    const at = (share: number) => sorted[Math.ceil(share * sorted.length) - 1] as number;
    const isMet = absence.bar === undefined || at(0.99) <= absence.bar;
    if (!isMet) process.exitCode = 1;
    const bar = absence.bar === undefined ? '' : `${isMet ? 'met' : 'NOT MET'}: ≤ ${absence.bar.toLocaleString('en')}`;
    rows.push([name, absence.name, String(count), String(absence.isKept), figure(at(0.5)), figure(at(0.99)), bar]);
  }
  return rows;
}

async function main(): Promise<void> {
  endWithUsage(USAGE);
  const { values } = parseArgs({
    options: { trials: { type: 'string' }, write: { type: 'boolean', default: false } },
  });
  const trials = values.trials === undefined ? undefined : Number(values.trials);
  if (trials !== undefined && !(Number.isInteger(trials) && trials > 0))
    throw new UsageError('--trials must be a number from 1.');
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-resume-'));
  const dynamo = await startDynamoLocal();
  const rows: string[][] = [];
  try {
    for (const [name, environment, wire] of [
      ['in memory', {}, false],
      ['on disk', { DATA_DIR: join(folder, 'data') }, false],
      ['`--wire`, DynamoDB Local', { DYNAMODB_ENDPOINT: dynamo.url }, true],
    ] as const) {
      const server = await startTestServer({ CLIENT_RATE: '0', ...environment }, { wire });
      rows.push(...(await measure(name, server, trials).finally(() => server.stop())));
    }
  } finally {
    await dynamo.stop();
    rmSync(folder, { recursive: true, force: true });
  }
  const text = `${measuredWith('npm run bench:resume', describeMachine())}\n\n${textTable([HEAD, ...rows])}\n`;
  process.stdout.write(text);
  if (values.write) writeMeasured('performance.md', text, 'resume');
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${sentenceOf(error)}\n`);
  process.exitCode = 1;
});
