/** The server in its own process, on loopback: for tests of its exit code, its streams and its signals. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(__dirname, '../..');

export interface Exit {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface ChildServer {
  process: ChildProcess;
  webSocketUrl: string;
  httpUrl: string;
  /** The endpoint of `@connections`; only with --wire. */
  connectionsUrl?: string;
  exit: Promise<Exit>;
}

export interface ChildOptions {
  /** Settings in addition to the host, which is loopback, and the ports, which are free ones. */
  environment?: Record<string, string>;
  /** Options of the program. */
  options?: readonly string[];
  /** Options for node, before the program. */
  nodeOptions?: readonly string[];
  /** A program other than the server. */
  program?: string;
  /** A folder other than this repository: a copy of it. */
  cwd?: string;
}

/** Starts it, without waiting for its ports. */
export function startChild(given: ChildOptions) {
  const { environment, options = [], nodeOptions = [], program, cwd = ROOT } = given;
  const run =
    program === undefined ? ['scripts/run.mjs', 'test/support/server-program.ts'] : ['--import', 'tsx', program];
  const inherited = Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].map((name) => [name, process.env[name]]));
  const child = spawn(process.execPath, [...nodeOptions, ...run, ...options], {
    cwd,
    env: {
      ...inherited,
      WS_HOST: '127.0.0.1',
      WS_PORT: '0',
      API_PORT: '0',
      ORIGINS: '*',
      DATA_DIR: '',
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  child.stdout.on('data', (chunk) => {
    output.stdout += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output.stderr += chunk;
  });
  const exit = once(child, 'close').then(([code]): Exit => ({ code, ...output }));
  return { process: child, output, exit };
}

/** Starts it, and resolves when it has printed its URLs. */
export async function startChildServer(options: ChildOptions = {}): Promise<ChildServer> {
  const { process: child, output, exit } = startChild(options);
  const greeted = new Promise<Pick<ChildServer, 'webSocketUrl' | 'httpUrl' | 'connectionsUrl'>>((resolve) => {
    child.stdout?.on('data', () => {
      const [webSocketUrl] = /ws:\/\/\S+(?=\n)/.exec(output.stdout) ?? [];
      const [httpUrl] = /http:\/\/\S+(?=\n)/.exec(output.stdout) ?? [];
      const [, connectionsUrl] = /SDK +(http:\/\/\S+)/.exec(output.stdout) ?? [];
      if (webSocketUrl && httpUrl && output.stdout.includes('/clients\n')) {
        resolve({ webSocketUrl, httpUrl, connectionsUrl });
      }
    });
  });
  const failed = exit.then(({ code, stderr }) => {
    throw new Error(`the server ended with ${code} before it listened: ${stderr}`);
  });
  return { process: child, exit, ...(await Promise.race([greeted, failed])) };
}
