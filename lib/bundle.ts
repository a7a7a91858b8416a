/** Bundles a function into the one file that Lambda loads. Everything that affects cold starts is here. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildSync, type Metafile } from 'esbuild';
import type { App } from '../lambdas/ports/app';
import { describeTools } from '../lambdas/protocol/tool-descriptions';
import { type FunctionName, functions } from '../lambdas/routes';
import { minified } from './minified';
import { writePageFiles } from './page-files';

const ROOT = join(__dirname, '..');

/** Parts of SDKs that do more than Lambda needs, and the files that replace them. Each file says why it is enough. */
export const REPLACED = {
  '@aws-sdk/client-lambda': replacement('lambda'),
  '@aws-sdk/credential-provider-node': replacement('credentials'),
  '@aws-sdk/endpoint-cache': replacement('endpoint-cache'),
  '@smithy/core/event-streams': replacement('event-streams'),
  '@modelcontextprotocol/server/_shims': replacement('mcp-validator'),
  '@modelcontextprotocol/client/_shims': replacement('mcp-validator'),
};

/** Bedrock models answer with an event stream. */
function aliasesOf(name: FunctionName): Record<string, string> {
  const { '@smithy/core/event-streams': eventStreams, ...always } = REPLACED;
  return name === 'replies/respond' ? always : { ...always, '@smithy/core/event-streams': eventStreams };
}

function replacement(name: string): string {
  return join(ROOT, 'lambdas/aws/sdk', `${name}.ts`);
}

/** Modules of `lambdas/aws/` that a function loads on demand, in separate files next to its bundle. */
const CHUNKS = {
  mcpTools: 'mcp-tools',
  responder: 'mcp-tools',
  secrets: 'app-secrets',
  oidcTokens: 'oidc-tokens',
} as const;

/** The respond task reads its secrets on nearly every run. A separate file would duplicate the SDK's core. */
const INSIDE: Partial<Record<FunctionName, string>> = { 'replies/respond': 'app-secrets' };

function chunksOf(name: FunctionName): string[] {
  const uses: readonly string[] = functions[name].uses;
  const used = Object.entries(CHUNKS).flatMap(([use, chunk]) => (uses.includes(use) ? [chunk] : []));
  return used.filter((chunk) => chunk !== INSIDE[name]);
}

export interface Bundle {
  /** The file that Lambda loads. */
  text: string;
  /** Files loaded on demand, by name. */
  chunks: Readonly<Record<string, string>>;
  /** Bytes per input file, before minification. */
  inputs: Metafile['outputs'][string]['inputs'];
}

/** The team's app, as a path from the root. Tests use their own. */
const TEAM_APP = './lambdas/app/app';

/** Dependencies that import model SDKs, in files of their own: other functions must not even parse these. */
const APART: ReadonlySet<string> = new Set(['responder']);

/** Source of the entry module: builds the handler from the `uses` of its row in the function table. */
export function entryOf(name: FunctionName, app = TEAM_APP): string {
  const { uses } = functions[name] as { uses: readonly string[] };
  const made = uses.filter((use) => use !== 'app' && use !== 'toolDescriptions');
  const constants = uses.includes('toolDescriptions') ? [`toolDescriptions: ${toolDescriptionsOf(app)}`] : [];
  const inside = INSIDE[name];
  const loaders = chunksOf(name).map((chunk) => `'${chunk}': async () => require('./${chunk}.js')`);
  const parts = ['app', '...common', ...constants, ...made.map((use) => `${use}: ${use}(context)`)];
  return [
    `import { create } from './lambdas/${name}';`,
    `import { ${['runtime', 'withIds', ...made.filter((use) => !APART.has(use))].join(', ')} } from './lambdas/aws/dependencies';`,
    ...made.filter((use) => APART.has(use)).map((use) => `import { ${use} } from './lambdas/aws/dependencies/${use}';`),
    ...(uses.includes('app') ? [`import { app } from '${app}';`] : ['const app = undefined;']),
    ...(inside ? [`import * as inside from './lambdas/aws/${inside}';`] : []),
    `const chunks = { ${[...loaders, ...(inside ? [`'${inside}': async () => inside`] : [])]} };`,
    'const context = { environment: process.env, app, load: (chunk) => chunks[chunk]() };',
    'const common = runtime(context);',
    `const dependencies = { ${parts.join(', ')} };`,
    'export const handler = withIds(create(dependencies), common.log);',
  ].join('\n');
}

/** Descriptions of the app's tools as JSON. Computed at build time, so that no function bundles the code for it. */
function toolDescriptionsOf(app: string): string {
  const module: { app: App } = require(join(ROOT, app));
  return JSON.stringify(describeTools(module.app.tools));
}

/**
 * CommonJS output from the packages' ES modules, because esbuild can tree-shake those: a third of the bytes. An ES module would load no
 * faster and would need a `require`. The SDK is bundled, because Lambda's copy is larger, loads slower, and changes on its own. No kept
 * names and no source map: both slow down every cold start, and logged errors have a name and a message of ours.
 */
export function bundle(name: FunctionName, app?: string, measures = measuresOf(name)): Bundle {
  const chunks = chunksOf(name).map((chunk) => {
    const contents = `export * from './lambdas/aws/${chunk}';`;
    return [`${chunk}.js`, build(name, contents, `${chunk}.ts`, measures).text];
  });
  return { ...build(name, entryOf(name, app), `${name}.ts`, measures), chunks: Object.fromEntries(chunks) };
}

/** What makes a bundle smaller than esbuild alone would. `npm run bench:coldstart` leaves them out one by one, to say what each gains. */
export interface Measures {
  /** Modules, and what takes their place. */
  alias: Record<string, string>;
  minify: (text: string) => string;
}

export function measuresOf(name: FunctionName): Measures {
  return { alias: aliasesOf(name), minify: minified };
}

function build(
  name: FunctionName,
  contents: string,
  sourcefile: string,
  { alias, minify }: Measures,
): Pick<Bundle, 'text' | 'inputs'> {
  const { outputFiles, metafile } = buildSync({
    absWorkingDir: ROOT,
    stdin: { contents, resolveDir: ROOT, sourcefile, loader: 'ts' },
    external: chunksOf(name).map((chunk) => `./${chunk}.js`),
    bundle: true,
    write: false,
    outfile: 'index.js',
    metafile: true,
    platform: 'node',
    format: 'cjs',
    legalComments: 'none',
    mainFields: ['module', 'main'],
    target: 'node24',
    minify: false, // swc minifies, once
    alias,
  });
  const [{ inputs } = { inputs: {} }] = Object.values(metafile.outputs);
  return { text: minify(outputFiles[0]?.text ?? ''), inputs };
}

/** Writes a function's code to a folder; for `http/docs`, also the files that it serves. */
export function writeBundle(name: FunctionName, folder: string, app?: string): void {
  const { text, chunks } = bundle(name, app);
  for (const [file, code] of Object.entries({ 'index.js': text, ...chunks })) writeFileSync(join(folder, file), code);
  if (name === 'http/docs') writePageFiles(folder);
}
