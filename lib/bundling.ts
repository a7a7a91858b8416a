/** How a function becomes the one file that Lambda loads. Everything that decides a cold start's work is here. */
import { join } from 'node:path';
import { type BundlingOptions, LogLevel, OutputFormat } from 'aws-cdk-lib/aws-lambda-nodejs';
import type { Entry } from './entries';

/** Parts of the SDK that do more than Lambda needs, and the files that stand for them: each says why it is enough. */
export const REPLACED = {
  '@aws-sdk/credential-provider-node': replacement('credentials'),
  '@smithy/core/config': replacement('settings'),
  '@smithy/core/event-streams': replacement('event-streams'),
};

function replacement(name: string): string {
  return join(__dirname, '../lambdas/functions/sdk', `${name}.ts`);
}

/**
 * CommonJS, made from packages' ES modules: of those, esbuild drops what nobody uses, a third of the bytes. As an ES module
 * the same loads no faster, and needs a `require` put into it. The SDK is bundled too: Lambda's own copy is larger, loads
 * slower, and changes on its own. Names are not kept and there is no source map: both cost every cold start, and an error
 * is logged with a name and a message of ours.
 */
const OPTIONS: BundlingOptions = {
  format: OutputFormat.CJS,
  mainFields: ['module', 'main'],
  target: 'node24',
  externalModules: [],
  minify: true,
  keepNames: false,
  sourceMap: false,
  logLevel: LogLevel.WARNING,
  esbuildArgs: {
    '--legal-comments': 'none',
    '--alias': Object.entries(REPLACED).map(([name, path]) => `${name}=${path}`),
  },
};

/** What is done to the directory of each bundle; `http/docs` serves files as they are, beside the one that Lambda loads. */
const MINIFY = 'node --import tsx scripts/minify-bundle.ts';
const COPY_DOCS_ASSETS = 'node --import tsx scripts/copy-docs-assets.ts';

export function bundlingOf(entry: Entry): BundlingOptions {
  const steps = entry === 'http/docs' ? [MINIFY, COPY_DOCS_ASSETS] : [MINIFY];
  return {
    ...OPTIONS,
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (inputDir, outputDir) => steps.map((step) => `cd "${inputDir}" && ${step} "${outputDir}"`),
    },
  };
}
