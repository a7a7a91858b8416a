/** Builds the package into `dist/`: an ES module for each entry, with its types. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const folder = dirname(fileURLToPath(import.meta.url));
const dist = join(folder, 'dist');
const typescript = dirname(createRequire(import.meta.url).resolve('typescript/package.json'));

rmSync(dist, { recursive: true, force: true });

await build({
  entryPoints: ['index', 'file-storage'].map((name) => join(folder, `src/${name}.ts`)),
  outdir: dist,
  external: ['node:*'],
  bundle: true,
  format: 'esm',
  target: 'es2022',
  sourcemap: true,
});

const { status } = spawnSync(
  process.execPath,
  [
    join(typescript, 'bin/tsc'),
    '-p',
    folder,
    '--noEmit',
    'false',
    '--rootDir',
    join(folder, 'src'),
    '--declaration',
    '--emitDeclarationOnly',
    '--outDir',
    dist,
  ],
  { stdio: 'inherit' },
);
if (status !== 0) process.exit(status ?? 1);

/** The modules whose types users see. */
const PUBLIC = ['index', 'client', 'types', 'switchboard-error', 'file-storage'].map((name) => `${name}.d.ts`);

// Node's resolution needs an extension; our sources, which a bundler resolves, have none.
for (const name of readdirSync(dist).filter((file) => file.endsWith('.d.ts'))) {
  const path = join(dist, name);
  if (!PUBLIC.includes(name)) {
    rmSync(path);
    continue;
  }
  writeFileSync(path, readFileSync(path, 'utf8').replace(/(from ')(\.\/[^']+)(')/g, '$1$2.js$3'));
}
