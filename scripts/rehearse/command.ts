/** Runs a command to its end and keeps its output in case it fails. */
import { type ChildProcess, spawn } from 'node:child_process';

/** Output lines shown for a failed command: enough to see why. */
const SHOWN_LINES = 60;

export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    command: string,
    outcome: string,
    /** Both streams, in order of arrival. */
    readonly output: string,
  ) {
    super(`${command} ${outcome}\n${lastLines(output)}`.trimEnd());
  }
}

export interface CommandOptions {
  /** The complete environment of the command. */
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Ends the command. */
  signal: AbortSignal;
}

/**
 * @returns the command's stdout
 * @throws CommandError if it cannot be started or exits with a code other than 0; the signal's reason if that ended it
 */
export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const { signal, ...rest } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // Leads a process group, so that its children can be ended too.
    const child = spawn(file, args, { ...rest, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const endGroup = () => signalGroup(child, 'SIGTERM');
    signal.addEventListener('abort', endGroup);
    let printed = '';
    let output = '';
    child.stdout.on('data', (chunk) => {
      printed += chunk;
      output += chunk;
    });
    child.stderr.on('data', (chunk) => {
      output += chunk;
    });
    const fail = (outcome: string) => {
      reject(signal.aborted ? signal.reason : new CommandError([file, ...args].join(' '), outcome, output));
    };
    child.on('error', (error) => fail(`could not be started: ${error.message}`));
    child.on('close', (code, by) => {
      signal.removeEventListener('abort', endGroup);
      if (code === 0) resolve(printed);
      else fail(`exited with ${code ?? by}.`);
    });
  });
}

/** Sends a signal to a process group leader and all its children. */
export function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return; // it could not be started
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // none are left
  }
}

export function lastLines(text: string, count = SHOWN_LINES): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
