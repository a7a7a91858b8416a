/** The command-line client: for a terminal, and for scripts. It uses only the wire protocol. */
import { readFileSync } from 'node:fs';
import { text } from 'node:stream/consumers';
import { ConnectError } from './connect-error';
import { converse } from './conversation';
import { helpOf, OptionError, readOptions } from './options';
import { createScreen } from './screen';
import { runScript, scriptLinesFrom } from './script';
import { readTools } from './tools';

async function talk(args: string[], command: string): Promise<number> {
  const { help, script, tools: toolsFile, url, timeoutSeconds } = readOptions(args, process.env);
  const screen = createScreen();
  if (help) {
    screen.show(helpOf(command));
    return 0;
  }
  const lines = script === undefined ? undefined : scriptLinesFrom(await readScript(script));
  const tools = toolsFile === undefined ? undefined : readTools(toolsFile);
  const interrupted = new Promise<void>((resolve) => {
    process.on('SIGINT', () => resolve());
    process.on('SIGTERM', () => resolve());
  });
  const options = { url, timeoutSeconds, tools, screen, interrupted };
  return lines ? runScript(lines, options) : converse(options);
}

async function readScript(path: string): Promise<string> {
  if (path === '-') return text(process.stdin);
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new OptionError(`The script ${path} can't be read (${(error as NodeJS.ErrnoException).code}).`);
  }
}

/**
 * Runs the client, and ends the process with its exit code.
 * @param command  how a person starts it, for the usage
 */
export function runClient(args: string[], command: string): void {
  // In `npm run client | head` the reader ends first, which is not an error.
  process.stdout.on('error', () => process.exit(1));
  talk(args, command).then(
    (code) => process.exit(code),
    (error) => {
      const foreseen = error instanceof ConnectError || error instanceof OptionError;
      process.stderr.write(`${foreseen ? error.message : error?.stack}\n`);
      process.exit(1);
    },
  );
}
