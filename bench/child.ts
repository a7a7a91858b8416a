/** A process of the benchmark: started with what both kinds need, given one request at a time, and ended with the benchmark. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/** Milliseconds after which an answer is given up, so that the benchmark always ends. */
const PATIENCE = 120_000;

export interface Child {
  process: ChildProcess;
  /** Settles like the awaited promise; rejects if the process ends first, or is silent for too long. */
  before<Result>(awaited: Promise<Result>): Promise<Result>;
  ask(request: object | string): Promise<unknown>;
  stop(): Promise<void>;
}

export interface ChildOptions {
  /** The project's if omitted. */
  folder?: string | undefined;
  program: string;
  options?: readonly string[];
  environment?: Record<string, string>;
  /** Options for node in addition to the TypeScript loader. */
  nodeOptions?: readonly string[];
}

export function startChild({
  folder = ROOT,
  program,
  options = [],
  environment = {},
  nodeOptions = [],
}: ChildOptions): Child {
  const inherited = Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].map((name) => [name, process.env[name]]));
  const child = spawn(process.execPath, ['--import', 'tsx', ...nodeOptions, program, ...options], {
    cwd: folder,
    env: { ...inherited, ...environment },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let complaint = ''; // printed only if the process ends by itself: a warning would appear among the tables
  child.stderr?.on('data', (chunk) => {
    complaint = (complaint + chunk).slice(-4_096);
  });
  const ended = once(child, 'close');

  async function before<Result>(awaited: Promise<Result>): Promise<Result> {
    let timer: NodeJS.Timeout | undefined;
    const silence = new Promise<never>((_, reject) => {
      timer = setTimeout(reject, PATIENCE, new Error(`${program} did not answer in ${PATIENCE / 1_000} s`));
    });
    const end = ended.then(([code]) => {
      throw new Error(`${program} ended with ${code}\n${complaint}`);
    });
    return Promise.race([awaited, silence, end]).finally(() => clearTimeout(timer));
  }

  return {
    process: child,
    before,
    async ask(request) {
      const answered = once(child, 'message');
      child.send(request);
      const [answer] = await before(answered);
      return answer;
    },
    async stop() {
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
      await ended;
      clearTimeout(timer);
    },
  };
}
