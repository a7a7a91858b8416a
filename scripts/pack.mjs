/**
 * Runs on `npm pack`: builds dist/, the content of the package. Bundles development dependencies; runtime dependencies stay external and
 * are installed by npm.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writePageFiles } from '../lib/page-files.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const DIST = join(ROOT, 'dist');

/** Bundled CommonJS code expects these globals. */
const COMMON_JS = `import { createRequire as commonJsRequire } from 'node:module';
import { fileURLToPath as commonJsPath } from 'node:url';
const require = commonJsRequire(import.meta.url);
const __filename = commonJsPath(import.meta.url);
const __dirname = commonJsPath(new URL('.', import.meta.url));`;

/** package.json files of the packages that the web pages are built from. */
const OF_PAGES = ['swagger-ui-dist', 'preact', '@preact/signals', '@preact/signals-core'].map(
  (name) => `node_modules/${name}/package.json`,
);

const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

rmSync(DIST, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: { switchboard: 'cli/switchboard/main.ts' },
  outdir: DIST,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true, // so that a command loads only its own code
  platform: 'node',
  format: 'esm',
  target: 'node20',
  mainFields: ['module', 'main'],
  external: [...Object.keys({ ...dependencies, ...peerDependencies }), 'esbuild'], // esbuild is only needed here, to build the pages
  banner: { js: COMMON_JS },
  legalComments: 'none', // licences are collected in one file
  metafile: true,
  logLevel: 'warning',
});

writePageFiles(join(DIST, 'pages'));

writeFileSync(join(DIST, 'LICENSES.txt'), licencesOf([...Object.keys(metafile.inputs), ...OF_PAGES]));

/** Licences of the packages that these files belong to: each text once, below the packages that use it. */
function licencesOf(files) {
  const folders = new Set(files.map((file) => /^(.*node_modules\/(@[^/]+\/)?[^/]+)\//.exec(file)?.[1]).filter(Boolean));
  const packages = new Map();
  for (const folder of [...folders].sort()) {
    const { name, version, license } = JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8'));
    const file = readdirSync(join(ROOT, folder)).find((path) => /^licen[sc]e(\.(md|txt))?$/i.test(path));
    const text = file === undefined ? '' : readFileSync(join(ROOT, folder, file), 'utf8').trim();
    packages.set(text, [...(packages.get(text) ?? []), `${name} ${version} (${license})`]);
  }
  return [...packages].map(([text, names]) => `${names.join('\n')}\n\n${text}\n`).join(`\n${'-'.repeat(80)}\n\n`);
}
