/** How a command ends: a mistake of the caller's is one sentence on standard error, and the exit code 1. */

/** Its message is one sentence for the person at the terminal. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
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

function sentenceOf(error: unknown): string {
  const { name, message, stack = '', code = '' } = error as NodeJS.ErrnoException;
  if (code.startsWith('ERR_PARSE_ARGS'))
    return `${message.split('. ')[0]?.replace(/\.$/, '')}; --help shows what may be given.`;
  return FORESEEN.includes(name) ? message : stack;
}
