/** `npm run synth`: synthesizes the templates, offline and without an account, and lists what a deployment would contain. */
import { spawnSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type FunctionName, functionNames } from '../lambdas/routes';
import { optionsOf } from '../lib/function-table';

const OUT = 'cdk.out';
const TEMPLATE = join(OUT, 'Switchboard.template.json');

interface Resource {
  Type: string;
  Properties: Record<string, unknown>;
  Metadata?: Record<string, string>;
}

const cdk = join('node_modules', '.bin', 'cdk');
const { status } = spawnSync(cdk, ['synth', '--quiet', ...process.argv.slice(2)], { stdio: 'inherit' });
if (status !== 0) process.exit(status ?? 1);

const resources = Object.values(
  (JSON.parse(readFileSync(TEMPLATE, 'utf8')) as { Resources: Record<string, Resource> }).Resources,
);
process.stdout.write(
  [
    '',
    `${TEMPLATE}: ${resources.length} resources; cdk-nag has no findings without a written reason.`,
    '',
    row('function', 'memory', 'timeout', 'bundle'),
    ...functionNames.map(describe),
    '',
    'npm run diff      what a deployment would change (asks AWS)',
    'npm run deploy    deploys it; docs/deploy.md leads from an empty account to a first message',
    '',
  ].join('\n'),
);

function describe(name: FunctionName): string {
  const { memory, timeout, description } = optionsOf(name);
  const lambda = resources.find(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.Description === description,
  );
  const bundle = statSync(join(OUT, lambda?.Metadata?.['aws:asset:path'] ?? '', 'index.js')).size;
  return row(name, `${memory} MB`, `${timeout} s`, `${Math.round(bundle / 1_024)} KB`);
}

function row(name: string, ...cells: string[]): string {
  return `  ${name.padEnd(30)}${cells.map((cell) => cell.padStart(9)).join('')}`;
}
