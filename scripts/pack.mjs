/**
 * Run by `npm pack`: makes dist/, which is what the package has. Development dependencies become a part of it; dependencies stay outside,
 * and are installed beside it.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writePageFiles } from '../lib/page-files.ts';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const DIST = join(ROOT, 'dist');

/** CommonJS among what is bundled expects these. */
const COMMON_JS = `import { createRequire as commonJsRequire } from 'node:module';
import { fileURLToPath as commonJsPath } from 'node:url';
const require = commonJsRequire(import.meta.url);
const __filename = commonJsPath(import.meta.url);
const __dirname = commonJsPath(new URL('.', import.meta.url));`;

/** Of the packages that the pages for people are made of, a file each. */
const OF_PAGES = ['swagger-ui-dist', 'preact', '@preact/signals', '@preact/signals-core'].map(
  (name) => `node_modules/${name}/package.json`,
);

const { dependencies } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

rmSync(DIST, { recursive: true, force: true });
const { metafile } = await build({
  absWorkingDir: ROOT,
  entryPoints: { switchboard: 'cli/switchboard/main.ts' },
  outdir: DIST,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  splitting: true, // so that a command loads its own part alone
  platform: 'node',
  format: 'esm',
  target: 'node20',
  mainFields: ['module', 'main'],
  external: [...Object.keys(dependencies), 'esbuild'], // the pages are made here, once
  banner: { js: COMMON_JS },
  legalComments: 'none', // their licences are in one file
  metafile: true,
  logLevel: 'warning',
});

writePageFiles(join(DIST, 'pages'));

writeFileSync(join(DIST, 'LICENSES.txt'), licencesOf([...Object.keys(metafile.inputs), ...OF_PAGES]));

/** The packages that these files are of, and their licences: each text once, below the packages that have it. */
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
