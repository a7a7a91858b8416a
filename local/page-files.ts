/** Serves the files of the web pages on one machine. The console is built when it is first opened. */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { consoleBuild } from '../console/build';

const ROOT = rootFrom(__dirname);

/** In the package of `npm pack`, all files are prebuilt next to this one. */
const PACKED = join(__dirname, 'pages');
const isPacked = existsSync(PACKED);

/** The parent folder with the console: a bundled program can be in a deeper folder. */
function rootFrom(folder: string): string {
  const isRoot = existsSync(join(folder, 'console/index.html')) || dirname(folder) === folder;
  return isRoot ? folder : rootFrom(dirname(folder));
}

/** @param source  as `http/page-files.ts` names it */
export async function readPageFile(source: string): Promise<Buffer> {
  if (isPacked) return readFile(join(PACKED, source));
  const [folder, ...rest] = source.split('/');
  if (folder === 'swagger-ui-dist') {
    const swaggerUi = dirname(createRequire(__filename).resolve('swagger-ui-dist/package.json'));
    return readFile(join(swaggerUi, ...rest));
  }
  if (folder === 'console' && !source.endsWith('.html')) return readMade(source);
  return readFile(join(ROOT, source));
}

let made: Promise<Map<string, Buffer>> | undefined;

async function readMade(source: string): Promise<Buffer> {
  made ??= make();
  const file = (await made).get(source);
  if (!file) throw new Error(`the console has no file ${source}`);
  return file;
}

/** Lazy import: most runs never serve the console. */
async function make(): Promise<Map<string, Buffer>> {
  const { build } = await import('esbuild');
  const { outputFiles } = await build(consoleBuild(ROOT));
  return new Map(outputFiles.map(({ path, contents }) => [relative(ROOT, path), Buffer.from(contents)]));
}
