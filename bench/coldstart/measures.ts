/** The gain of each measure in `lib/bundle.ts`: the bundle of a function without it. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import type { FunctionName } from '../../lambdas/routes';
import { bundle, type Measures, measuresOf, type REPLACED } from '../../lib/bundle';

export interface Variant {
  entry: FunctionName;
  /** What is omitted; undefined for the normal bundle. */
  without?: string;
  path: string;
  bytes: number;
}

type Replaced = keyof typeof REPLACED;

const ESBUILD_MINIFIES = (text: string) =>
  transformSync(text, { minify: true, legalComments: 'none', target: 'node24' }).code;

const keepModule = (module: Replaced) => (measures: Measures) => {
  const { [module]: _, ...alias } = measures.alias;
  return { ...measures, alias };
};

const LEFT_OUT: { entry: FunctionName; without: string; change: (measures: Measures) => Measures }[] = [
  { entry: 'websocket/message', without: 'swc', change: (measures) => ({ ...measures, minify: ESBUILD_MINIFIES }) },
  {
    entry: 'websocket/message',
    without: 'zod/mini',
    change: (measures) => ({ ...measures, alias: { ...measures.alias, 'zod/mini': join(__dirname, 'whole-zod.ts') } }),
  },
  ...(['@aws-sdk/credential-provider-node', '@aws-sdk/endpoint-cache', '@smithy/core/event-streams'] as const).map(
    (module) => ({
      entry: 'websocket/message' as const,
      without: `stand-in for ${module}`,
      change: keepModule(module),
    }),
  ),
  {
    entry: 'websocket/connect',
    without: 'stand-in for @aws-sdk/client-lambda',
    change: keepModule('@aws-sdk/client-lambda'),
  },
];

/** Writes each normal bundle, and each bundle without one measure, to a folder. */
export function writeVariants(folder: string): Variant[] {
  const whole = [...new Set(LEFT_OUT.map(({ entry }) => entry))].map((entry) => ({ entry }));
  return [...whole, ...LEFT_OUT].map(({ entry, ...rest }, index) => {
    const { without, change } = rest as Partial<(typeof LEFT_OUT)[number]>;
    const measures = measuresOf(entry);
    const { text } = bundle(entry, undefined, change ? change(measures) : measures);
    const path = join(folder, `variant-${index}.js`);
    writeFileSync(path, text);
    return { entry, ...(without === undefined ? {} : { without }), path, bytes: Buffer.byteLength(text) };
  });
}
