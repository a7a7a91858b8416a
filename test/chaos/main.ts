/**
 * `npm run chaos`: clients of both libraries on each host, over an unreliable network. Counts each message at both ends, and exits with 1
 * if one was lost, duplicated, out of order, or handled twice.
 */
import { parseArgs } from 'node:util';
import { endWithUsage, sentenceOf, UsageError } from '../../cli/usage-error';
import { hasPythonClient } from '../support/python';
import { type HostName, type Outcome, runChaos } from './chaos';

const HOSTS = ['memory', 'durable', 'wire'] as const;

const USAGE = [
  'npm run chaos -- [--long] [--host=NAME ...] [--clients=NUMBER] [--seconds=NUMBER] [--pushes=NUMBER] [--broadcasts=NUMBER]',
  '',
  'Runs clients of both libraries over a network that breaks, and ends with 1 where a message was lost, shown twice, out of order,',
  'or handled twice. CHAOS_SEED=NUMBER makes the choices of another run again.',
  '',
  '  --long                5 minutes with 100 clients of each library, instead of a minute with 20',
  `  --host=NAME           ${HOSTS.join(', ')}; all where left out`,
  '  --clients=NUMBER      of each library',
  '  --seconds=NUMBER      on each host',
  '  --pushes=NUMBER       a second; 10 where left out',
  '  --broadcasts=NUMBER   a second; 10, and 2 on wire, where left out',
];

async function main(): Promise<void> {
  endWithUsage(USAGE);
  const { values } = parseArgs({
    options: {
      long: { type: 'boolean', default: false },
      host: { type: 'string', multiple: true, default: [...HOSTS] },
      clients: { type: 'string' },
      seconds: { type: 'string' },
      pushes: { type: 'string', default: '10' },
      broadcasts: { type: 'string' },
    },
  });
  const seed = Number(process.env.CHAOS_SEED ?? Math.floor(Math.random() * 1e9));
  const each = Number(values.clients ?? (values.long ? 100 : 20));
  const seconds = Number(values.seconds ?? (values.long ? 300 : 60));
  const python = hasPythonClient() ? each : 0;
  console.log(`Seed ${seed}: CHAOS_SEED=${seed} makes the same choices again.`);
  for (const host of values.host) {
    if (!HOSTS.includes(host as HostName)) throw new UsageError(`--host must be one of ${HOSTS.join(', ')}.`);
    const broadcasts = Number(values.broadcasts ?? (host === 'wire' ? 2 : 10));
    console.log(`\n${host}: ${each} TypeScript and ${python} Python clients, ${seconds} seconds`);
    const begun = Date.now();
    const outcome = await runChaos({
      ...{ host: host as HostName, seed, typescript: each, python, seconds },
      ...{
        pushesPerSecond: Number(values.pushes),
        broadcastsPerSecond: broadcasts,
        sendEverySeconds: values.long ? 3 : 2,
      },
      progress: (text) => console.log(`  ${((Date.now() - begun) / 1_000).toFixed(0)} s: ${text}`),
    });
    report(outcome);
  }
}

function report({ faults, counts, network, kills, retries }: Outcome): void {
  console.log(`  ${JSON.stringify({ ...counts, handledAgain: counts.handledAgain.length })}`);
  for (const again of counts.handledAgain.slice(0, 5)) console.log(`    handled again after a failure: ${again}`);
  console.log(`  network ${JSON.stringify(network)}, ${kills} kills, calls made again: ${retries}`);
  for (const [kind, found] of Object.entries(faults)) {
    console.log(`  ${kind}: ${found.length}`);
    for (const fault of found.slice(0, 10)) console.log(`    ${fault}`);
    if (found.length > 0) process.exitCode = 1;
  }
}

main().then(
  () => process.exit(),
  (error) => {
    console.error(sentenceOf(error));
    process.exit(1);
  },
);
