/**
 * `npm run bench:centrifugo`: what Centrifugo does too, beside it and beside a bare `ws` server that encodes once. In each round every
 * server starts anew and has its turn, the order changing.
 */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { endWithUsage, sentenceOf, UsageError } from '../../cli/usage-error';
import { startLoadProcess } from '../load-process';
import { describeMachine } from '../machine';
import { type MeasureName, measures } from '../measures';
import { measureBroadcasts } from '../measuring/broadcast';
import { measureMemory } from '../measuring/memory';
import { closeClients, openClients, type Trial } from '../measuring/trial';
import { connectionLimit } from '../open-files';
import { Readings } from '../readings';
import { figure, ratioWithSpread } from '../report/numbers';
import { textTable } from '../report/text-table';
import { startTarget } from '../target-process';
import { type TargetName, targets } from '../targets/targets';

const USAGE = [
  'npm run bench:centrifugo -- [--binary=PATH] [--rounds=7] [--connections=2000,10000]',
  '',
  'Compares broadcasts, handshakes and memory with Centrifugo, which `go install github.com/centrifugal/centrifugo/v6@latest` makes.',
  '',
  '  --binary=PATH              of Centrifugo; the one in PATH where left out',
  '  --rounds=NUMBER            rounds in which each server has its turn',
  '  --connections=NUMBER,...   how many clients are connected, one step after the other',
];

const NAMES = ['local', 'centrifugo', 'bare'] as const satisfies TargetName[];

/** Broadcasts of a turn, of which the median counts. */
const BROADCASTS = 5;

/** Clients that come and go before anything counts. */
const WARM_UP = 500;

interface Options {
  rounds: number;
  connections: number[];
}

const OPTION = /^--(?:binary=.+|rounds=\d+|connections=\d+(?:,\d+)*)$/;

function readOptions(options: readonly string[]): Options {
  const unknown = options.find((option) => !OPTION.test(option));
  if (unknown !== undefined) throw new UsageError(`"${unknown}" is no option.`);
  const given = (name: string) => options.find((option) => option.startsWith(`--${name}=`))?.slice(name.length + 3);
  const binary = given('binary');
  if (binary !== undefined && !existsSync(binary)) throw new UsageError(`--binary: there is no file ${binary}.`);
  if (binary !== undefined) targets.centrifugo.environment.CENTRIFUGO = resolve(binary);
  const connections = (given('connections') ?? '2000,10000').split(',').map(Number);
  return {
    rounds: Number(given('rounds') ?? 7),
    connections: connections.filter((count) => count <= connectionLimit()),
  };
}

async function measure({ rounds, connections }: Options): Promise<Readings> {
  const readings = new Readings();
  const load = startLoadProcess();
  try {
    for (let round = 0; round < rounds; round += 1) {
      for (let turn = 0; turn < NAMES.length; turn += 1) {
        const target = NAMES[(round + turn) % NAMES.length] as (typeof NAMES)[number];
        process.stderr.write(`round ${round + 1} of ${rounds}: ${targets[target].label}\n`);
        const server = await startTarget(targets[target]);
        const trialOf = (count: number): Trial => ({
          server,
          load,
          record: (measure, value) => readings.add({ measure, target, connections: count, round, value }),
        });
        await measureMemory(trialOf(connections.at(-1) ?? 0), connections.at(-1) ?? 0);
        await openClients(trialOf(0), WARM_UP);
        await measureBroadcasts({ ...trialOf(0), record() {} }, WARM_UP, BROADCASTS);
        await closeClients(trialOf(0));
        for (const count of connections) {
          const trial = trialOf(count);
          trial.record('connects', await openClients(trial, count));
          await measureBroadcasts(trial, count, BROADCASTS);
          await closeClients(trial);
        }
        await server.stop();
      }
    }
  } finally {
    await load.stop();
  }
  return readings;
}

function tableOf(readings: Readings, connections: readonly number[]): string {
  const row = (name: MeasureName, count: number) => {
    const ratios = (['centrifugo', 'bare'] as const).map((other) => readings.ratio(name, 'local', other, count));
    const medians = NAMES.map((target) => readings.figure(name, target, count)?.median);
    return [
      `${measures[name].label}, ${measures[name].unit}`,
      count.toLocaleString('en'),
      ...ratios.map((ratio) => (ratio ? ratioWithSpread(ratio) : '-')),
      ...medians.map((median) => (median === undefined ? '-' : figure(median))),
    ];
  };
  const rows = (['broadcast', 'broadcast_processor', 'connects'] as const).flatMap((name) =>
    connections.map((count) => row(name, count)),
  );
  const head = [
    '',
    'connections',
    'ratio to Centrifugo',
    'ratio to bare ws',
    ...NAMES.map((name) => targets[name].label),
  ];
  return textTable([head, ...rows, row('memory_rss', connections.at(-1) ?? 0)]);
}

async function main(): Promise<void> {
  endWithUsage(USAGE);
  const options = readOptions(process.argv.slice(2));
  const readings = await measure(options);
  process.stdout.write(`${[...describeMachine(), '', tableOf(readings, options.connections)].join('\n')}\n`);
}

main().catch((error) => {
  process.stderr.write(`The benchmark ended early. ${sentenceOf(error)}\n`);
  process.exitCode = 1;
});
