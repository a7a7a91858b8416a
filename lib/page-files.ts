/** Builds the files of the web pages ahead of time, for the function that serves them and for the package. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { buildSync } from 'esbuild';
import { consoleBuild } from '../console/build';
import { PAGE_FILES } from '../lambdas/http/page-files';

const ROOT = join(__dirname, '..');

/** Writes each file to its place in a folder, ready to be served. */
export function writePageFiles(folder: string): void {
  const { outputFiles } = buildSync(consoleBuild(ROOT));
  const made = new Map(outputFiles.map(({ path, contents }) => [relative(ROOT, path), contents]));
  const swaggerUi = dirname(createRequire(__filename).resolve('swagger-ui-dist/package.json'));
  for (const { source } of PAGE_FILES.values()) {
    const [package_, ...rest] = source.split('/');
    const from = package_ === 'swagger-ui-dist' ? join(swaggerUi, ...rest) : join(ROOT, source);
    mkdirSync(dirname(join(folder, source)), { recursive: true });
    writeFileSync(join(folder, source), made.get(source) ?? readFileSync(from));
  }
}
