/**
 * Runs a TypeScript program: bundles it in memory and runs the bundle. `npm start` is `node scripts/run.mjs local/main.ts`. The server
 * starts in a third of the time that separate files take, and spends less per message: an import becomes a variable instead of a lookup.
 */
import { Module } from 'node:module';
import { dirname, resolve } from 'node:path';
import { buildSync } from 'esbuild';

/** Not bundled: packages with binaries or data files, and those that only `--wire`, MCP or a scrape uses. */
const EXTERNAL = [
  '@aws-sdk/*',
  '@smithy/*',
  '@modelcontextprotocol/*',
  'classic-level',
  'dynalite',
  'esbuild',
  'prom-client',
  'swagger-ui-dist',
];

const [node, , program, ...options] = process.argv;
const path = resolve(program);
const { outputFiles } = buildSync({
  entryPoints: [path],
  outfile: `${path}.cjs`,
  bundle: true,
  write: false,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  mainFields: ['module', 'main'],
  external: EXTERNAL,
  sourcemap: 'inline',
  sourcesContent: false,
  logLevel: 'warning',
});

process.argv = [node, path, ...options]; // as if the program had been started directly
process.setSourceMapsEnabled(true);
const module = new Module(path);
module.filename = `${path}.cjs`;
module.paths = Module._nodeModulePaths(dirname(path));
module._compile(outputFiles[0].text, module.filename);
