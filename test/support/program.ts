/** A program in its own process, its output, and how it ends. */
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { deferred } from './deferred';

export interface ProgramOptions {
  /** In addition to PATH, HOME and TMPDIR. */
  environment?: Record<string, string>;
  cwd?: string;
}

export interface ProgramExit {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface Program {
  child: ChildProcessWithoutNullStreams;
  exit: Promise<ProgramExit>;
  /** Resolves with the output so far when it contains this; rejects if the program ends without it. */
  shows(text: string): Promise<string>;
}

const running = new Set<ChildProcessWithoutNullStreams>();

export function startProgram(
  command: string,
  args: readonly string[],
  { environment, cwd }: ProgramOptions = {},
): Program {
  const inherited = Object.fromEntries(['PATH', 'HOME', 'TMPDIR'].map((name) => [name, process.env[name]]));
  // A process group, so that the programs that it starts can be ended with it.
  const child = spawn(command, args, { cwd, env: { ...inherited, ...environment }, detached: true });
  running.add(child);
  const output = { stdout: '', stderr: '' };
  let heard = deferred();
  const exit = once(child, 'close').then(([code]): ProgramExit => {
    running.delete(child);
    return { code, ...output };
  });
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].on('data', (chunk) => {
      output[name] += chunk;
      heard.resolve();
      heard = deferred();
    });
  }
  child.stdin.on('error', () => {}); // a program may end without reading all of its input

  async function shows(text: string): Promise<string> {
    const ended = exit.then(() => Promise.reject(new Error(`ended without "${text}": ${JSON.stringify(output)}`)));
    ended.catch(() => {}); // once the text has arrived, nobody waits for the end
    while (!`${output.stdout}${output.stderr}`.includes(text)) {
      await Promise.race([heard.promise, ended]);
    }
    return output.stdout;
  }
  return { child, exit, shows };
}

/** Ends every program that a test has left running. */
export function endPrograms(): void {
  for (const { pid } of running) if (pid !== undefined) endGroup(pid);
  running.clear();
}

function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // it has already ended
  }
}
