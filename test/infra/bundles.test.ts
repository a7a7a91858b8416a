/** The command line itself, and the code that it would upload: bundled for real, and loaded as Lambda loads it. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PAGE } from '../../lambdas/http/docs-page';
import { type FunctionName, functionNames } from '../../lambdas/routes';
import { bundle } from '../../lib/bundle';
import { looseParts, PAGES } from '../support/page-policy';
import { type Json, nameOf, type Resource } from '../support/stack';

const folder = mkdtempSync(join(tmpdir(), 'switchboard-assembly-'));
const assembly = join(folder, 'cdk.out');

/** Neither credentials nor a region, and no home directory that could contain some. */
const nowhere = { PATH: process.env.PATH, HOME: folder, CDK_DISABLE_CLI_TELEMETRY: 'true' };

let functions: Map<FunctionName, Resource>;

beforeAll(() => {
  const cdk = join('node_modules', 'aws-cdk', 'bin', 'cdk');
  const run = spawnSync(process.execPath, [cdk, 'synth', '--quiet', '--output', assembly], {
    env: nowhere,
    encoding: 'utf8',
  });
  if (run.status !== 0) throw new Error(`${run.stdout}${run.stderr}`);
  const { Resources } = JSON.parse(readFileSync(join(assembly, 'Switchboard.template.json'), 'utf8'));
  const lambdas = Object.values<Resource>(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  functions = new Map(lambdas.map((lambda) => [nameOf(lambda), lambda]));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What a script prints, as JSON, in a process with what Lambda gives the function: its environment, and `handler`. */
function inFunction(entry: FunctionName, script: string): Json {
  const lambda = functions.get(entry);
  const root = join(assembly, lambda?.Metadata['aws:asset:path'] ?? '');
  const variables = Object.entries<Json>(lambda?.Properties.Environment.Variables).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : 'https://resolved.example', // the value that CloudFormation puts there
  ]);
  const env = { ...Object.fromEntries(variables), PATH: nowhere.PATH, LAMBDA_TASK_ROOT: root, AWS_REGION: 'eu-west-1' };
  const code = `const { handler } = require(${JSON.stringify(join(root, 'index.js'))}); ${script}`;
  const run = spawnSync(process.execPath, ['-e', code], { env, cwd: folder, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
  return JSON.parse(run.stdout);
}

it.each(functionNames)('%s loads in the environment that it is deployed with, and has a handler', (entry) => {
  expect(inFunction(entry, 'console.log(JSON.stringify(typeof handler)); process.exit();')).toBe('function');
});

it('the bundle has every file that the page at /docs loads', () => {
  const files = [...PAGE.matchAll(/(?:href|src)="docs\/([^"]+)"/g)].map(([, name]) => name);
  expect(files.length).toBeGreaterThan(2);
  const script = `
    const get = (asset) => handler({ routeKey: 'GET /docs/{asset}', pathParameters: { asset } });
    const outcome = ({ statusCode, body }) => [statusCode, body.length > 0];
    Promise.all(${JSON.stringify(files)}.map(get)).then((all) => console.log(JSON.stringify(all.map(outcome))));
  `;
  expect(inFunction('http/docs', script)).toEqual(files.map(() => [200, true]));
});

it.each(PAGES)('the bundle has a strict policy for %s', (path) => {
  const asset = path.split('/')[2];
  const routeKey = asset === undefined ? `GET ${path}` : 'GET /docs/{asset}';
  const event = JSON.stringify({ routeKey, rawPath: path, pathParameters: { asset } });
  const script = `handler(${event}).then(({ headers }) => console.log(JSON.stringify(headers)))`;
  const socket = 'https://resolved.example'; // instead of the address that CloudFormation puts there
  expect(looseParts(inFunction('http/docs', script)['content-security-policy'], socket)).toEqual([]);
});

it('cdk synth fails with one sentence if a setting is wrong', () => {
  const run = spawnSync(process.execPath, ['--import', 'tsx', 'bin/switchboard.ts'], {
    env: { ...nowhere, CDK_CONTEXT_JSON: JSON.stringify({ auth: 'nobody' }), CDK_OUTDIR: assembly },
    encoding: 'utf8',
  });
  expect([run.status, run.stderr]).toEqual([1, 'auth is "nobody", but must be token or none.\n']);
});

/** In bytes: what `$default` had before models, groups and owners of clients, plus 6 %. Every cold start reads them. */
const MOST_OF_DEFAULT = 328_000;

it('the bundle of websocket/message is small, without the SDK of a model, of Lambda or of secrets', () => {
  const { text, inputs } = bundle('websocket/message');
  expect(text.length).toBeLessThan(MOST_OF_DEFAULT);
  const packages = Object.keys(inputs).filter((file) =>
    /node_modules\/(openai|standardwebhooks|eventsource-parser|@aws-sdk\/client-(bedrock|lambda|secrets-manager))/.test(
      file,
    ),
  );
  expect(packages).toEqual([]);
});
