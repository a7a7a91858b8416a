/** Gives the deployed functions the tests' app: the end-to-end suite talks to it, not to the team's. */
import { join } from 'node:path';
import { type FunctionName, functionNames, functions } from '../../lambdas/routes';
import { writeBundle } from '../../lib/bundle';
import type { Template } from './stand-in-template';

/** As a path from the root, like `lambdas/app/app`. */
const TESTS_APP = './test/support/bundled-app';

/**
 * Bundles each function that uses the app again, into its asset.
 * @param assembly  the folder that `cdk synth` wrote
 */
export function bundleTestsApp({ Resources }: Template, assembly: string): void {
  const lambdas = Object.values(Resources).filter(({ Type }) => Type === 'AWS::Lambda::Function');
  for (const name of functionNames.filter(usesApp)) {
    const suffix = `-${name.replace('/', '-')}`;
    const lambda = lambdas.find(({ Properties }) => String(Properties.FunctionName).endsWith(suffix));
    if (!lambda) throw new Error(`the template has no function ${name}`);
    writeBundle(name, join(assembly, `asset.${lambda.Properties.Code.S3Key.replace(/\.zip$/, '')}`), TESTS_APP);
  }
}

function usesApp(name: FunctionName): boolean {
  const uses: readonly string[] = functions[name].uses;
  return uses.includes('app');
}
