/** Runs a command to its end, its output kept for the case that it fails. */
import { type ChildProcess, spawn } from 'node:child_process';

/** The last lines of what a failed command printed: enough to see why, and no wall of text. */
const SHOWN_LINES = 60;

export class CommandError extends Error {
  override readonly name = 'CommandError';

  constructor(
    command: string,
    outcome: string,
    /** Both streams, in the order in which they came. */
    readonly output: string,
  ) {
    super(`${command} ${outcome}\n${lastLines(output)}`.trimEnd());
  }
}

export interface CommandOptions {
  /** All of the environment that it gets. */
  env: NodeJS.ProcessEnv;
  cwd?: string;
  /** Ends the command. */
  signal: AbortSignal;
}

/**
 * @returns what it printed on its standard output
 * @throws CommandError where it can't be started, or ends with another code than 0; the signal's reason where that ended it
 */
export function runCommand(file: string, args: readonly string[], options: CommandOptions): Promise<string> {
  const { signal, ...rest } = options;
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    // The leader of a group, so that what it has started can be ended with it.
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
    child.on('error', (error) => fail(`could not be run: ${error.message}`));
    child.on('close', (code, by) => {
      signal.removeEventListener('abort', endGroup);
      if (code === 0) resolve(printed);
      else fail(`ended with ${code ?? by}.`);
    });
  });
}

/** Sends a signal to a process that leads a group, and to all that it has started. */
export function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return; // it could not be started
  try {
    process.kill(-pid, signal);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error; // none is left
  }
}

export function lastLines(text: string, count = SHOWN_LINES): string {
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
