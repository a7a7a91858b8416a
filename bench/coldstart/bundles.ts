/** Each function's bundle from `npm run synth`, and what it contains. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FunctionName, functionNames } from '../../lambdas/routes';
import { type Bundle, bundle } from '../../lib/bundle';
import { optionsOf } from '../../lib/function-table';

const ROOT = join(__dirname, '../..');
const OUT = join(ROOT, 'cdk.out');

export interface MeasuredBundle {
  entry: FunctionName;
  /** The one file that Lambda loads. */
  path: string;
  bytes: number;
  /** Bytes by package before the last step, largest first; `ours` is this repository. */
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
export async function readBundles(): Promise<MeasuredBundle[]> {
  const template = join(OUT, 'Switchboard.template.json');
  if (!existsSync(template)) throw new NoBundlesError('There are no bundles yet: run npm run synth first.');
  const { Resources } = JSON.parse(readFileSync(template, 'utf8')) as { Resources: Record<string, Resource> };
  const functions = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  return Promise.all(functionNames.map((entry) => readBundle(entry, functions)));
}

async function readBundle(entry: FunctionName, functions: Resource[]): Promise<MeasuredBundle> {
  const { description } = optionsOf(entry);
  const asset = functions.find(({ Properties }) => Properties.Description === description)?.Metadata?.[
    'aws:asset:path'
  ];
  if (asset === undefined) throw new NoBundlesError(`The template has no ${entry}: run npm run synth again.`);
  const path = join(OUT, asset, 'index.js');
  const { text, inputs } = bundle(entry); // again, to learn where each byte comes from
  if (text !== readFileSync(path, 'utf8')) {
    throw new NoBundlesError(`${entry} is not what cdk.out holds any more: run npm run synth again.`);
  }
  return { entry, path, bytes: statSync(path).size, parts: partsOf(inputs) };
}

function partsOf(inputs: Bundle['inputs']): MeasuredBundle['parts'] {
  const sizes = new Map<string, number>();
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
