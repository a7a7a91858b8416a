/** The package of the TypeScript client as a user has it: packed, installed elsewhere without a network, imported, typed. */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import { startTestServer, type TestServer } from '../support/local-server';
import { blocksOf } from '../support/markdown';
import { ROOT } from '../support/readme';

const run = promisify(execFile);

const PACKAGE = join(ROOT, 'clients/typescript');

/** Size of the bundle in bytes, minified and compressed. */
const MAX_BYTES = 12_000;

/** Node.js 20 hides its WebSocket behind a flag that later versions do not have. */
const WEB_SOCKET = Number(process.versions.node.split('.')[0]) < 22 ? ['--experimental-websocket'] : [];

let folder: string;
let server: TestServer;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'switchboard-client-'));
  const { stdout } = await run('npm', ['pack', '--pack-destination', folder, '--json'], { cwd: PACKAGE });
  const tarball = JSON.parse(stdout.slice(stdout.indexOf('[')))[0].filename;
  writeFileSync(join(folder, 'package.json'), '{"private":true,"type":"module"}');
  await run('npm', ['install', '--offline', '--no-audit', '--no-fund', `./${tarball}`], { cwd: folder });
  server = await startTestServer();
});

afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

const installed = (path = '') => join(folder, 'node_modules/@switchboard/client', path);

async function runProgram(name: string, code: string, flags: string[] = []): Promise<string> {
  writeFileSync(join(folder, name), code.replaceAll('ws://localhost:9004', server.webSocketUrl));
  const { stdout } = await run(process.execPath, [...flags, name], { cwd: folder });
  return stdout.trim();
}

const readme = readFileSync(join(PACKAGE, 'README.md'), 'utf8');

it('has what a user needs, and nothing else', () => {
  expect(readdirSync(installed()).sort()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'dist', 'package.json']);
  const { dependencies, license, type } = JSON.parse(readFileSync(installed('package.json'), 'utf8'));
  expect({ dependencies, license, type }).toEqual({ dependencies: undefined, license: 'MIT', type: 'module' });
});

it(`is smaller than ${MAX_BYTES} bytes, bundled, minified and compressed`, async () => {
  const { outputFiles } = await build({
    stdin: { contents: "export * from '@switchboard/client'", resolveDir: folder },
    ...{ bundle: true, minify: true, format: 'esm', write: false },
  });
  const size = gzipSync(outputFiles[0]?.contents as Uint8Array, { level: 9 }).length;
  expect(size).toBeLessThan(MAX_BYTES);
});

it('runs with the platform’s WebSocket: the first program of the README', async () => {
  const [program] = blocksOf(readme).filter(({ language }) => language === 'js');
  expect(await runProgram('first.js', program?.code as string, WEB_SOCKET)).toBe('Echo: Hello\n5');
});

it('runs with the WebSocket class of the package ws', async () => {
  mkdirSync(join(folder, 'node_modules'), { recursive: true });
  cpSync(join(ROOT, 'node_modules/ws'), join(folder, 'node_modules/ws'), { recursive: true });
  const code = readFileSync(join(PACKAGE, 'examples/node-20.js'), 'utf8');
  expect(await runProgram('node-20.js', code)).toBe('Echo: Hello');
});

it('each program of the README and of the examples type-checks', async () => {
  const programs = blocksOf(readme).filter(({ language }) => language === 'js' || language === 'ts');
  for (const [index, { code }] of programs.entries()) writeFileSync(join(folder, `readme-${index}.ts`), code);
  for (const name of readdirSync(join(PACKAGE, 'examples')).filter((file) => file.endsWith('.js'))) {
    cpSync(join(PACKAGE, 'examples', name), join(folder, name.replace(/\.js$/, '.ts')));
  }
  for (const name of ['node', 'ws']) {
    mkdirSync(join(folder, 'node_modules/@types'), { recursive: true });
    rmSync(join(folder, 'node_modules/@types', name), { force: true });
    symlinkSync(join(ROOT, 'node_modules/@types', name), join(folder, 'node_modules/@types', name));
  }
  const files = readdirSync(folder).filter((name) => name.endsWith('.ts'));
  const options = ['--noEmit', '--strict', '--target', 'es2022', '--lib', 'es2022,dom', '--types', 'node'];
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  for (const resolution of [
    ['nodenext', 'nodenext'],
    ['esnext', 'bundler'],
  ]) {
    const modules = ['--module', resolution[0] as string, '--moduleResolution', resolution[1] as string];
    const { stdout } = await run(process.execPath, [tsc, ...options, ...modules, ...files], { cwd: folder }).catch(
      (error) => error,
    );
    expect(stdout).toBe('');
  }
});

it('a program with a wrong type is rejected', async () => {
  writeFileSync(
    join(folder, 'wrong.ts'),
    "import { createClient } from '@switchboard/client';\nconst client = createClient({ url: 1 });\nclient.chat(2);\n",
  );
  const tsc = join(ROOT, 'node_modules/typescript/bin/tsc');
  const options = ['--noEmit', '--strict', '--module', 'nodenext', '--lib', 'es2022,dom', '--types', '', 'wrong.ts'];
  const { stdout } = await run(process.execPath, [tsc, ...options], { cwd: folder }).catch((error) => error);
  expect(stdout.match(/error TS2322|error TS2345/g)).toHaveLength(2);
  rmSync(join(folder, 'wrong.ts'));
});
