/** The bundle of each function as `npm run synth` made it, and what fills it. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundlingOf } from '../../lib/bundling';
import { type Entry, entries, optionsOf } from '../../lib/entries';

const ROOT = join(__dirname, '../..');
const OUT = join(ROOT, 'cdk.out');

export interface Bundle {
  entry: Entry;
  /** The one file that Lambda loads. */
  path: string;
  bytes: number;
  /** Bytes by package, largest first; `ours` is this repository's. */
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
  const bytes = statSync(path).size;
  const parts = await partsOf(entry);
  const total = parts.reduce((sum, [, size]) => sum + size, 0);
  // What esbuild adds around the parts is a few bytes each; more means that these are not the parts of that bundle.
  if (total > bytes || total < bytes * 0.9) {
    throw new NoBundlesError(`${entry} is not what cdk.out holds any more: run npm run synth again.`);
  }
  return { entry, path, bytes, parts };
}

/** Bundles again with the same options, to be told where each byte comes from. */
async function partsOf(entry: Entry): Promise<Bundle['parts']> {
  const { mainFields, target, minify, esbuildArgs = {} } = bundlingOf(entry);
  const [name = '', path = ''] = String(esbuildArgs['--alias'] ?? '').split('=');
  const { metafile } = await build({
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
    alias: { [name]: path },
  });
  const sizes = new Map<string, number>();
  const inputs = Object.values(metafile.outputs)[0]?.inputs ?? {};
  for (const [file, { bytesInOutput }] of Object.entries(inputs)) {
    const name = packageOf(file);
    sizes.set(name, (sizes.get(name) ?? 0) + bytesInOutput);
  }
  return [...sizes].sort(([, one], [, other]) => other - one);
}

function packageOf(file: string): string {
  const [, name = 'ours'] = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(file) ?? [];
  return name;
}
