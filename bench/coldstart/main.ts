/**
 * `npm run bench:coldstart`: the bundle of each function, what fills it, and how long a new Node process takes to load it
 * beside a function that is empty. `--write` renews docs/coldstart.md. Needs `npm run synth` before.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Entry } from '../../lib/entries';
import { type MeasuredBundle, NoBundlesError, readBundles } from './bundles';
import { measureLoads } from './load-times';

const ROUNDS = 15;

/** What a client waits for has to load in this many times the time of an empty function, and be no larger than that. */
const BARS = { ratio: 2.5, bytes: 450 * 1_024 };

/** Why those are not held to the bars: nobody waits for a handshake or a message while they start. */
const NOT_HELD: Partial<Record<Entry, string>> = {
  'background/welcome': 'runs after the handshake, and nobody waits for its start',
  'background/broadcast-segment': 'runs in the background, for minutes; has all clients of the SDK that it calls',
  'http/authorize': 'an HTTP call waits for it once in a container’s life',
  'http/docs': 'describes everything, and so has all schemas',
  'http/read': 'validates and describes its calls with zod',
  'http/push': 'has all clients of the SDK that it calls: DynamoDB, posts, tasks; and zod',
  'http/tokens': 'validates its call with zod',
};

const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
const kilobytes = (bytes: number) => `${(bytes / 1_024).toFixed(0)} KB`;

function rowOf({ entry, bytes, parts }: MeasuredBundle, time: number, empty: number): string {
  const ratio = time / empty;
  const isHeld = NOT_HELD[entry] === undefined;
  const within = ratio <= BARS.ratio && bytes <= BARS.bytes ? 'yes' : 'no';
  const top = parts.slice(0, 4).map(([name, size]) => `${name} ${kilobytes(size)}`);
  const verdict = isHeld ? within : `not held: ${NOT_HELD[entry]}`;
  return row([entry, kilobytes(bytes), time.toFixed(1), ratio.toFixed(2), verdict, top.join(', ')]);
}

async function main(): Promise<void> {
  const bundles = await readBundles();
  const folder = mkdtempSync(join(tmpdir(), 'coldstart-'));
  const emptyPath = join(folder, 'empty.js');
  writeFileSync(emptyPath, 'exports.handler = async () => {};\n');
  try {
    const paths = [emptyPath, ...bundles.map(({ path }) => path)];
    const [empty = 0, ...times] = measureLoads(paths, ROUNDS, (round) => {
      if (process.stderr.isTTY) process.stderr.write(`\rround ${round} of ${ROUNDS} `);
    });
    if (process.stderr.isTTY) process.stderr.write('\r');
    const text = [
      '# Cold starts',
      '',
      'Written by `npm run bench:coldstart -- --write`, from the bundles that `npm run synth` makes. Milliseconds are those of a',
      `new Node process that loads the file and ends, the median of ${ROUNDS} rounds in which all files take turns; the ratio is to`,
      'the same with an empty function, so the start of Node itself is in both. A function of the WebSocket routes is held to',
      `${BARS.ratio} times that and ${kilobytes(BARS.bytes)}.`,
      '',
      `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'an unknown processor'}; an empty function takes ${empty.toFixed(1)} ms.`,
      '',
      row(['function', 'bundle', 'ms', 'ratio', 'within', 'what fills it']),
      row(Array(6).fill('---')),
      ...bundles.map((bundle, index) => rowOf(bundle, times[index] as number, empty)),
      '',
      'What keeps them small: a function loads the adapters that it uses and no other (`lambdas/functions/adapters/`); the SDK',
      'is bundled without its chain of credential providers, of which Lambda needs one (`credentials.ts` there); zod is imported',
      'as a namespace, so its locales stay out; handlers without a schema (connect, disconnect, welcome) do not have zod at all.',
      '',
    ].join('\n');
    process.stdout.write(text);
    if (process.argv.includes('--write')) writeFileSync(join(__dirname, '../../docs/coldstart.md'), text);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

main().catch((error) => {
  process.stderr.write(error instanceof NoBundlesError ? `${error.message}\n` : `${error?.stack}\n`);
  process.exit(1);
});
