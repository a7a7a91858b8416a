/**
 * Clients that third-party tools generate from /openapi.json, in three languages. The programs that use them are in `test/generated`; the
 * tools and their output are in `.cache/generated-clients`.
 */
import { execFile } from 'node:child_process';
import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './readme';
import { failureOf, isAvailable } from './toolchains';

const SOURCES = join(ROOT, 'test', 'generated');
const FOLDER = join(ROOT, '.cache', 'generated-clients');

/** Pinned here, as the other languages' tools are in their own files. */
const OAPI_CODEGEN = 'github.com/oapi-codegen/oapi-codegen/v2/cmd/oapi-codegen@v2.8.2';

export const NODE_FOLDER = join(FOLDER, 'node');
const GO_FOLDER = join(FOLDER, 'go');
const PYTHON_FOLDER = join(FOLDER, 'python');
const PYTHON_BIN = join(PYTHON_FOLDER, 'venv', 'bin');

type Command = [program: string, ...args: string[]];

export interface Language {
  name: string;
  /** The folder of its program, where its tools look for `openapi.json` and `asyncapi.json`. */
  folder: string;
  /** Installs its tools. Returns the reason if it can't; undefined on success. */
  install(): string | undefined;
  /** Generates a client and compiles it together with the program that uses it. */
  build: Command[];
  run: Command;
}

const nodeTool = (name: string) => join(NODE_FOLDER, 'node_modules', '.bin', name);

export const node: Language = {
  name: 'TypeScript, by openapi-typescript and openapi-fetch, with the messages by Modelina',
  folder: NODE_FOLDER,
  install: () =>
    installed(NODE_FOLDER, 'package-lock.json', [['npm', 'ci', '--ignore-scripts', '--no-audit', '--no-fund']]),
  build: [
    [nodeTool('openapi-typescript'), 'openapi.json', '--output', 'openapi.d.ts'],
    [process.execPath, 'messages.mjs', 'asyncapi.json', 'messages.ts'],
    [nodeTool('tsc')],
  ],
  run: [process.execPath, 'dist/client.js'],
};

const generateGo = ['-generate=types,client', '-package=switchboard', '-o=switchboard/client.go', 'openapi.json'];

export const go: Language = {
  name: 'Go, by oapi-codegen',
  folder: GO_FOLDER,
  install: () =>
    installed(GO_FOLDER, 'go.sum', [
      ['go', 'mod', 'download'],
      ['go', 'run', OAPI_CODEGEN, '-version'],
    ]),
  build: [
    ['mkdir', '-p', 'switchboard'],
    ['go', 'run', OAPI_CODEGEN, ...generateGo],
    ['go', 'vet', './...'],
    ['go', 'build', '-o', 'client', '.'],
  ],
  run: ['./client'],
};

const generatePython = ['generate', '--path=openapi.json', '--meta=none', '--output-path=switchboard', '--overwrite'];

export const python: Language = {
  name: 'Python, by openapi-python-client',
  folder: PYTHON_FOLDER,
  install: () =>
    installed(PYTHON_FOLDER, 'requirements.txt', [
      ['python3', '-m', 'venv', 'venv'],
      [join(PYTHON_BIN, 'pip'), 'install', '--quiet', '--requirement', 'requirements.txt'],
    ]),
  build: [
    [join(PYTHON_BIN, 'openapi-python-client'), ...generatePython, '--fail-on-warning'],
    [join(PYTHON_BIN, 'python'), '-m', 'compileall', '-q', 'switchboard', 'client.py'],
    // Errors in the package's own code are up to its generator; how our types look from outside is up to us.
    [join(PYTHON_BIN, 'mypy'), '--strict', '--follow-imports=silent', 'client.py'],
  ],
  run: [join(PYTHON_BIN, 'python'), 'client.py'],
};

/** True if the tools of a language are available; otherwise prints what is missing, and fails if REQUIRE_GENERATED_CLIENTS=1. */
export function hasTools({ install }: Language): boolean {
  return isAvailable('REQUIRE_GENERATED_CLIENTS', install());
}

/** Runs a command in a folder and returns its output. @throws Error  with the output, if it fails */
export async function run(
  folder: string,
  [program, ...args]: Command,
  environment: Record<string, string> = {},
): Promise<string> {
  const PATH = `${PYTHON_BIN}${delimiter}${process.env.PATH}`; // openapi-python-client looks for its formatter there
  const options = { cwd: folder, env: { ...process.env, PATH, ...environment }, maxBuffer: 2 ** 26 };
  try {
    const { stdout } = await promisify(execFile)(program, args, options);
    return stdout;
  } catch (error) {
    const { message, stdout, stderr } = error as { message: string; stdout: string; stderr: string };
    throw new Error(`in ${folder}: ${message}\n${stdout}\n${stderr}`);
  }
}

/** Copies a language's program, and installs its tools if the file that pins them has changed. */
function installed(folder: string, pins: string, commands: Command[]): string | undefined {
  const source = folder.replace(FOLDER, SOURCES);
  const wanted = readFileSync(join(source, pins), 'utf8');
  const stamp = join(folder, 'installed');
  const isThere = existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
  if (!isThere) rmSync(folder, { recursive: true, force: true });
  cpSync(source, folder, { recursive: true });
  if (isThere) return undefined;
  for (const [program, ...args] of commands) {
    const failure = failureOf(program, args, folder);
    if (failure !== undefined) return failure;
  }
  writeFileSync(stamp, wanted);
  return undefined;
}
