/** What is deployed is what is measured and tested: CDK makes the same bundle, and what lies beside it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { App, Stack } from 'aws-cdk-lib';
import { NodejsFunction } from 'aws-cdk-lib/aws-lambda-nodejs';
import { ASSETS } from '../../lambdas/http/docs-assets';
import { bundle } from '../../lib/bundle';
import { bundlingOf } from '../../lib/bundling';
import type { Entry } from '../../lib/entries';
import { SYNTHESIS } from '../support/stack';

const ROOT = join(__dirname, '../..');

let outdir: string;

beforeEach(() => {
  outdir = mkdtempSync(join(tmpdir(), 'switchboard-cdk-'));
});

afterEach(() => rmSync(outdir, { recursive: true }));

/** The folder that CDK would upload. */
function assetOf(entry: Entry): string {
  const stack = new Stack(new App({ outdir }), 'Bundled');
  new NodejsFunction(stack, 'Function', {
    entry: join(ROOT, 'lambdas', 'functions', `${entry}.ts`),
    projectRoot: ROOT,
    depsLockFilePath: join(ROOT, 'package-lock.json'),
    bundling: bundlingOf(entry),
  });
  const [asset = ''] = readdirSync(outdir).filter((name) => name.startsWith('asset.'));
  return join(outdir, asset);
}

it.each<[Entry, string[]]>([
  ['websocket/connect', []],
  ['http/docs', [...ASSETS.keys()].sort()],
])(
  '%s',
  async (entry, assets) => {
    const { text } = await bundle(entry);
    const folder = assetOf(entry);
    expect(readFileSync(join(folder, 'index.js'), 'utf8') === text).toBe(true); // a difference would fill the screen
    const beside = join(folder, 'swagger-ui-dist');
    expect(existsSync(beside) ? readdirSync(beside) : []).toEqual(assets);
  },
  SYNTHESIS,
);
