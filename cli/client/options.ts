/** The command line options and their defaults. */
import { parseArgs } from 'node:util';
import { COMMAND_HELP } from './commands';

export interface Options {
  url: URL;
  /** A path, or `-` for standard input; missing in a conversation. */
  script?: string;
  timeoutSeconds: number;
  /** Path of a file with the client's tools. */
  tools?: string;
  help: boolean;
}

/** The message is one sentence that says what is allowed. */
export class OptionError extends Error {
  override readonly name = 'OptionError';
}

const DEFAULT_URL = 'ws://localhost:9004';
const DEFAULT_TIMEOUT_SECONDS = '10';
const MAX_TIMEOUT_SECONDS = 86_400;

/** @param command  how a person starts it */
export const helpOf = (command: string) =>
  [
    `${command} [URL] [--script FILE|-] [--timeout SECONDS] [--token TOKEN] [--tools FILE] [--help]`,
    '',
    `  URL                ws://host:port or wss://host/stage; default: ${DEFAULT_URL}`,
    '  --script FILE      runs each line as if typed, and waits for its answer; - reads standard input.',
    '                     Exits with 0 if all lines were answered without an error, with 1 otherwise',
    `  --timeout SECONDS  how long to wait for a connection or an answer; default: ${DEFAULT_TIMEOUT_SECONDS}`,
    '  --token TOKEN      for a server with access control; sent as ?token= and never shown. The variable',
    '                     SWITCHBOARD_TOKEN does the same, and is not in the list of processes',
    '  --tools FILE       registers the tools of this JSON file, and answers when the server calls one:',
    '                     {"open_page": {"description": "Opens a page.", "result": {"opened": true}}},',
    '                     or "error": {"code": …, "message": …} instead of the result',
    '',
    'A line may be:',
    '',
    ...COMMAND_HELP.map((line) => `  ${line}`),
    '',
    'In a terminal the Tab key completes commands and tool names. Typed lines are kept for the next run, in',
    'switchboard/client-history below XDG_STATE_HOME or ~/.local/state; not those that begin with a space.',
    '',
    'A script may contain blank lines, and comments that begin with #.',
  ].join('\n');

/**
 * @param environment  as `process.env`
 * @throws OptionError
 */
export function readOptions(argumentsGiven: string[], environment: Record<string, string | undefined> = {}): Options {
  const { values, positionals } = parse(argumentsGiven);
  if (positionals.length > 1) throw new OptionError('There can be one URL only; see --help.');
  const url = readUrl(positionals[0] ?? DEFAULT_URL);
  const token = values.token ?? url.searchParams.get('token') ?? environment.SWITCHBOARD_TOKEN;
  if (token) url.searchParams.set('token', token);
  return {
    url,
    script: values.script,
    tools: values.tools,
    timeoutSeconds: readTimeout(values.timeout ?? DEFAULT_TIMEOUT_SECONDS),
    help: values.help ?? false,
  };
}

/** An address without secrets: the query can contain a token, and the user info a password. */
export function shownUrl({ protocol, host, pathname }: URL): string {
  return `${protocol}//${host}${pathname === '/' ? '' : pathname}`;
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      allowPositionals: true,
      options: {
        script: { type: 'string' },
        timeout: { type: 'string' },
        token: { type: 'string' },
        tools: { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split('. ');
    throw new OptionError(`${sentence.replace(/\.$/, '')}; see --help.`);
  }
}

function readUrl(given: string): URL {
  const url = URL.canParse(given) ? new URL(given) : undefined;
  if (!url || !['ws:', 'wss:'].includes(url.protocol) || url.hash !== '') {
    const shown = given.replace(/[?#].*$/s, '').replace(/[^/]*@/, '');
    throw new OptionError(`"${shown}" is not a WebSocket URL; expected ws://host:port or wss://host/stage.`);
  }
  return url;
}

function readTimeout(given: string): number {
  const seconds = /^\d+(\.\d+)?$/.test(given) ? Number(given) : Number.NaN;
  if (!(seconds > 0 && seconds <= MAX_TIMEOUT_SECONDS)) {
    throw new OptionError(`--timeout is "${given}", but must be a number of seconds up to ${MAX_TIMEOUT_SECONDS}.`);
  }
  return seconds;
}
