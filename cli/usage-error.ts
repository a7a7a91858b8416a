/** Error handling of commands: a usage error prints one sentence on standard error, and exits with 1. */

/** The message is one sentence for the user. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** Why `fetch` got no answer. */
export function noAnswer(url: string, { cause }: Error): UsageError {
  const { code = '' } = (cause ?? {}) as NodeJS.ErrnoException;
  if (/CERT|LEAF_SIGNATURE/.test(code)) {
    return new UsageError(`The certificate of ${url} is not trusted (${code}): set NODE_EXTRA_CA_CERTS to its file.`);
  }
  return new UsageError(`Nothing answers at ${url}: start the server there, or name its address with --url.`);
}

const FORESEEN = ['UsageError', 'SettingError', 'DataFolderError'];

/** Runs a command, and sets the exit code. */
export async function ended(command: () => Promise<void>): Promise<void> {
  try {
    await command();
  } catch (error) {
    process.exitCode = 1;
    process.stderr.write(`${sentenceOf(error)}\n`);
  }
}

/** With `--help`, prints the usage and exits. */
export function endWithUsage(usage: readonly string[]): void {
  if (!process.argv.slice(2).some((option) => option === '--help' || option === '-h')) return;
  process.stdout.write(`${usage.join('\n')}\n`);
  process.exit();
}

/** A sentence for a usage error, a stack for a bug. */
export function sentenceOf(error: unknown): string {
  const { name, message, stack = '', code = '' } = error as NodeJS.ErrnoException;
  if (code.startsWith('ERR_PARSE_ARGS')) return `${message.split('. ')[0]?.replace(/\.$/, '')}; see --help.`;
  return FORESEEN.includes(name) ? message : stack;
}
