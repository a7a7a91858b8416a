/** The measured bundles as docs/coldstart.md: a table, what its figures mean, and what keeps them small. */
import { cpus } from 'node:os';
import type { FunctionName } from '../../lambdas/routes';
import type { MeasuredBundle } from './bundles';
import type { LoadTime } from './load-times';

/** What a client waits for has to load in this many times the time of an empty function, and be no larger than that. */
const BARS = { ratio: 2.5, bytes: 450 * 1_024 };

/** Why those are not held to the bars: nobody waits for a handshake or a message while they start. */
const NOT_HELD: Partial<Record<FunctionName, string>> = {
  'websocket/welcome': 'runs after the handshake',
  'broadcasts/segment': 'runs in the background, for minutes; has all clients of the SDK that it calls',
  'http/authorize': 'an HTTP call waits for it once in a container’s life',
  'http/docs': 'describes everything, and so has all schemas',
  'http/read': 'validates and describes its calls with zod',
  'http/push': 'has all clients of the SDK that it calls: DynamoDB, posts, tasks; and zod',
  'http/events': 'validates and describes its calls with zod',
  'http/tokens': 'validates its call with zod',
};

const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
const kilobytes = (bytes: number) => `${(bytes / 1_024).toFixed(0)} KB`;

const HEADINGS = ['function', 'bundle', 'ms', 'half within', 'of its own', 'ratio', 'within the bars', 'what fills it'];

function rowOf({ entry, bytes, parts }: MeasuredBundle, { median, quartiles }: LoadTime, empty: number): string {
  const ratio = median / empty;
  const within = ratio <= BARS.ratio && bytes <= BARS.bytes ? 'yes' : 'no';
  const reason = NOT_HELD[entry];
  return row([
    entry,
    kilobytes(bytes),
    median.toFixed(1),
    quartiles.map((quartile) => quartile.toFixed(1)).join(' to '),
    (median - empty).toFixed(1),
    ratio.toFixed(2),
    reason === undefined ? within : `not held: ${reason}`,
    parts
      .slice(0, 4)
      .map(([name, size]) => `${name} ${kilobytes(size)}`)
      .join(', '),
  ]);
}

/** @param times  of the bundles, in their order */
export function reportOf(
  bundles: readonly MeasuredBundle[],
  times: readonly LoadTime[],
  empty: LoadTime,
  rounds: number,
) {
  return `# Cold starts

Written by \`npm run bench:coldstart -- --write\`, from the bundles that \`npm run synth\` makes. Milliseconds are those of a new
Node process that loads the file and ends, the median of ${rounds} rounds in which all files take turns; half of the rounds are
within the two that are named. The ratio is to the same with an empty function. Node's own start is in both, so it says how
much longer one waits for this function than for one that does nothing; what is the function's own is beside it. A function
of the WebSocket routes is held to a ratio of ${BARS.ratio} and to ${kilobytes(BARS.bytes)}.

Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'an unknown processor'}; an empty function takes ${empty.median.toFixed(1)} ms.

${row(HEADINGS)}
${row(HEADINGS.map(() => '---'))}
${bundles.map((bundle, index) => rowOf(bundle, times[index] as LoadTime, empty.median)).join('\n')}

What fills a bundle is counted before its last step, which takes some of each.

What keeps them small and quick. Nothing that every event needs is put off to the first one, whose client would wait for it
all the same; what no event needs is left out.

- A function loads the adapters that it uses and no other (\`lambdas/aws/dependencies/\`).
- Three parts of the SDK do more than Lambda needs: where credentials and settings are looked for, and event streams. Files of
  a few lines stand for them, each with its reason (\`lambdas/aws/sdk/\`).
- What sends frames takes the types of their schemas and not the schemas (\`lambdas/protocol/server-messages.ts\`), so that only
  what validates has zod.
- Client messages and tools are made with zod/mini, of which a bundle has what it uses; the HTTP calls, with their many
  descriptions, with zod (\`lambdas/protocol/\`).
- swc minifies once more what esbuild has bundled: it drops tables of calls that nobody makes (\`lib/minified.ts\`).
- That the bundles still do what they should is not for a benchmark to say: \`test/slow/bundles.test.ts\` holds them to the whole
  wire contract.
`;
}
