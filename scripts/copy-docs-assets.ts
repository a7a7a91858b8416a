/** Puts the files that the page at /docs loads beside the bundle of the function that serves them. */
import { cpSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { ASSETS } from '../lambdas/http/docs-assets';

const [bundle] = process.argv.slice(2);
if (bundle === undefined) throw new Error('usage: copy-docs-assets.ts DIRECTORY');

const packageFolder = dirname(createRequire(__filename).resolve('swagger-ui-dist/package.json'));
for (const name of ASSETS.keys()) cpSync(join(packageFolder, name), join(bundle, 'swagger-ui-dist', name));
