/** The bundle of each function as `npm run synth` made it, and what fills it. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundlingOf, REPLACED } from '../../lib/bundling';
import { type Entry, entries, optionsOf } from '../../lib/entries';
import { minified } from '../../lib/minified';

const ROOT = join(__dirname, '../..');
const OUT = join(ROOT, 'cdk.out');

export interface Bundle {
  entry: Entry;
  /** The one file that Lambda loads. */
  path: string;
  bytes: number;
  /** Bytes by package before the last step, largest first; `ours` is this repository's. */
  parts: [name: string, bytes: number][];
}

/** Nothing has been synthesized, or something else since. */
export class NoBundlesError extends Error {
  override readonly name = 'NoBundlesError';
}

interface Resource {
  Type: string;
  Properties: { Description?: string };
  Metadata?: Record<string, string>;
}

/** @throws NoBundlesError */
export async function readBundles(): Promise<Bundle[]> {
  const template = join(OUT, 'Switchboard.template.json');
  if (!existsSync(template)) throw new NoBundlesError('There are no bundles yet: run npm run synth first.');
  const { Resources } = JSON.parse(readFileSync(template, 'utf8')) as { Resources: Record<string, Resource> };
  const functions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  return Promise.all(entries.map((entry) => readBundle(entry, functions)));
}

async function readBundle(entry: Entry, functions: Resource[]): Promise<Bundle> {
  const { description } = optionsOf(entry);
  const asset = functions.find(({ Properties }) => Properties.Description === description)?.Metadata?.[
    'aws:asset:path'
  ];
  if (asset === undefined) throw new NoBundlesError(`The template has no ${entry}: run npm run synth again.`);
  const path = join(OUT, asset, 'index.js');
  const { text, parts } = await bundleAgain(entry);
  if (minified(text) !== readFileSync(path, 'utf8')) {
    throw new NoBundlesError(`${entry} is not what cdk.out holds any more: run npm run synth again.`);
  }
  return { entry, path, bytes: statSync(path).size, parts };
}

/** With the same options as CDK, to be told where each byte comes from. */
async function bundleAgain(entry: Entry): Promise<{ text: string; parts: Bundle['parts'] }> {
  const { mainFields, target, minify } = bundlingOf(entry);
  const { metafile, outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [`lambdas/functions/${entry}.ts`],
    bundle: true,
    write: false,
    outdir: OUT,
    metafile: true,
    platform: 'node',
    format: 'cjs',
    legalComments: 'none',
    mainFields,
    target,
    minify,
    alias: REPLACED,
  });
  const sizes = new Map<string, number>();
  const inputs = Object.values(metafile.outputs)[0]?.inputs ?? {};
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const name = packageOf(file);
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  const parts = [...sizes].sort(([, one], [, other]) => other - one);
  return { text: outputFiles[0]?.text ?? '', parts };
}

function packageOf(file: string): string {
  const [, name = 'ours'] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  return name;
}
