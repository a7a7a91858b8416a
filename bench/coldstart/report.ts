/** The measured bundles as docs/coldstart.md: a table, the meaning of its figures, and what keeps the bundles small. */
import { cpus } from 'node:os';
import { authorizers, type FunctionName, webSocketRoutes } from '../../lambdas/routes';
import { REPLACED } from '../../lib/bundle';
import type { MeasuredBundle } from './bundles';
import { type LoadTime, quantile } from './load-times';
import type { Variant } from './measures';

/** A function that a client waits for must load within this multiple of an empty function's time, and must not be larger than this. */
const BARS = { ratio: 2.5, bytes: 450 * 1_024 };

/** Functions whose start a client waits for: the routes of the WebSocket API, and the authorizer of $connect. */
const HELD: ReadonlySet<FunctionName> = new Set([
  authorizers.webSocket,
  ...webSocketRoutes.map((route) => route.function),
]);

const row = (cells: string[]) => `| ${cells.join(' | ')} |`;
const kilobytes = (bytes: number) => `${(bytes / 1_024).toFixed(0)} KB`;

const HEADINGS = ['function', 'bundle', 'ms', 'half within', 'of its own', 'ratio', 'within the bars', 'what fills it'];

function rowOf({ entry, bytes, parts }: MeasuredBundle, { median, quartiles }: LoadTime, empty: number): string {
  const ratio = median / empty;
  const within = ratio <= BARS.ratio && bytes <= BARS.bytes ? 'yes' : 'no';
  return row([
    entry,
    kilobytes(bytes),
    median.toFixed(1),
    quartiles.map((quartile) => quartile.toFixed(1)).join(' to '),
    (median - empty).toFixed(1),
    ratio.toFixed(2),
    HELD.has(entry) ? within : 'not held',
    parts
      .slice(0, 4)
      .map(([name, size]) => `${name} ${kilobytes(size)}`)
      .join(', '),
  ]);
}

const GAIN_HEADINGS = ['left out', 'function', 'bundle without it', 'larger by', 'slower by, ms', 'half within'];

/** @param times  of the variants, in their order */
function gainsOf(variants: readonly Variant[], times: readonly LoadTime[]): string[] {
  const measured = variants.map((variant, index) => ({ ...variant, ...(times[index] as LoadTime) }));
  return measured.flatMap(({ entry, without, bytes, rounds }) => {
    if (without === undefined) return [];
    const whole = measured.find((other) => other.entry === entry && other.without === undefined);
    if (whole === undefined) throw new Error(`There is no whole bundle of ${entry}.`);
    const slower = rounds.map((time, round) => time - (whole.rounds[round] as number));
    const half = [0.25, 0.75].map((share) => quantile(slower, share).toFixed(1)).join(' to ');
    const more = [kilobytes(bytes), kilobytes(bytes - whole.bytes), quantile(slower, 0.5).toFixed(1), half];
    return [row([without, entry, ...more])];
  });
}

/** @param times  of the bundles, followed by the variants, in their order */
export function reportOf(
  bundles: readonly MeasuredBundle[],
  variants: readonly Variant[],
  times: readonly LoadTime[],
  empty: LoadTime,
  rounds: number,
) {
  return `# Cold starts

Written by \`npm run bench:coldstart -- --write\`, from the bundles that \`npm run synth\` makes. \`ms\` is the time of a new Node process
that loads the file and exits: the median of ${rounds} rounds in which all files take turns. Half of the rounds are in the range \`half
within\`. \`ratio\` compares with an empty function. Both include Node's own startup, so the ratio says how much longer a client waits
than for a function that does nothing; \`of its own\` is the difference. Functions of the WebSocket routes, and their authorizer,
must stay within a ratio of ${BARS.ratio} and ${kilobytes(BARS.bytes)}; the others are not held to this.

Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'an unknown processor'}; an empty function takes ${empty.median.toFixed(1)} ms.

${row(HEADINGS)}
${row(HEADINGS.map(() => '---'))}
${bundles.map((bundle, index) => rowOf(bundle, times[index] as LoadTime, empty.median)).join('\n')}

The sizes in the last column are from before the final minification, which shrinks them a little.

These measures keep the bundles small and fast. Code that every event needs is not lazy-loaded, because the first client would wait for
it anyway; code that no event needs is left out.

- A function loads only the adapters that it uses (\`lambdas/aws/dependencies/\`).
- Some packages do more than Lambda needs: ${Object.keys(REPLACED)
    .map((name) => `\`${name}\``)
    .join(', ')}. Short files replace them, each with its reason (\`lambdas/aws/sdk/\`).
- Code that only sends frames imports the types of their schemas, not the schemas (\`lambdas/protocol/server-messages.ts\`), so that
  only code that validates contains zod.
- Client messages and tools are defined with zod/mini, which tree-shakes well; the HTTP calls, with their many descriptions, with zod
  (\`lambdas/protocol/\`).
- swc minifies instead of esbuild: it drops tables of calls that are never made (\`lib/minified.ts\`).
- This benchmark does not check that the bundles work: \`test/slow/bundles.test.ts\` runs the whole conformance suite against them.

## What each measure gains

A bundle without the measure, in the same rounds: \`slower by\` is the median of the differences within each round.

${row(GAIN_HEADINGS)}
${row(GAIN_HEADINGS.map(() => '---'))}
${gainsOf(variants, times.slice(bundles.length)).join('\n')}
`;
}
