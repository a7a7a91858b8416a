/** The server as a program: reads the settings, opens the ports, prints where they are, and shuts down cleanly. */
import { styleText } from 'node:util';
import type { App } from '../lambdas/ports/app';
import type { LogFields } from '../lambdas/ports/runtime';
import { PortError } from './gateway/gateway';
import { createJsonLog } from './json-log';
import { type SwitchboardServer, startServer } from './server';
import { readSettings, SETTINGS, SettingError, type Settings } from './settings';
import { createTerminalLog } from './terminal-log';

/** The commands that start this program and its companions. */
export interface Commands {
  start: string;
  client: string;
  /** Runs a command without npm's own output. */
  keys: string;
}

const NPM_COMMANDS: Commands = {
  start: 'npm start --',
  client: 'npm run client --',
  keys: 'npm run --silent keys --',
};

async function start(app: App, options: readonly string[], commands: Commands): Promise<void> {
  if (options.includes('--help') || options.includes('-h')) {
    process.stdout.write(usageOf(commands.start));
    return;
  }
  const unknown = options.find((option) => option !== '--wire');
  if (unknown !== undefined) {
    throw new SettingError(
      `Unknown option "${unknown}". The only option is --wire; --help lists the environment variables.`,
    );
  }
  const settings = readSettings(process.env);
  const createLog = settings.LOG_FORMAT === 'json' ? createJsonLog : createTerminalLog;
  const log = createLog(settings.LOG_LEVEL, (line) => process.stdout.write(`${line}\n`));
  const wire = options.includes('--wire');
  const server = await startServer({ settings, log, wire, app, environment: process.env });
  const startMs = performance.now();

  let stopping = false;
  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    await server.stop(startMs);
    process.exit(0); // a handler that outlasts the grace period must not keep the process alive
  }
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  if (settings.TLS_CERT !== '') process.on('SIGHUP', () => server.renewTls());
  // Last, because a reader may send a signal right after this line.
  if (settings.LOG_FORMAT === 'json') log.info('started', addressesOf(server));
  else process.stdout.write(greeting(server, settings, wire, commands));
}

function addressesOf({ webSocketUrl, httpUrl, connectionsUrl, data }: SwitchboardServer): LogFields {
  return { websocket_url: webSocketUrl, http_url: httpUrl, connections_url: connectionsUrl, data };
}

function greeting(server: SwitchboardServer, settings: Settings, wire: boolean, commands: Commands): string {
  const { WS_HOST: host, PUBLIC_WS_URL, PUBLIC_API_URL } = settings;
  const publicUrls = [PUBLIC_WS_URL, PUBLIC_API_URL].filter((url) => url !== '');
  const { webSocketUrl, httpUrl, connectionsUrl, data, keys } = server;
  const lines = [
    '',
    `  ${bold('Switchboard')} is running.`,
    '',
    `  WebSocket   ${webSocketUrl}`,
    `  HTTP API    ${httpUrl}`,
    `  API docs    ${httpUrl}/docs`,
    `  Console     ${httpUrl}/console`,
    ...(publicUrls.length > 0 ? [`  Public      ${publicUrls.join('   ')}`] : []),
    ...(connectionsUrl
      ? [`  SDK         ${connectionsUrl}   (endpoint of @connections, signed with CONNECTIONS_CREDENTIALS)`]
      : []),
    `  Data        ${data}${wire || settings.DATA_DIR === '' ? '' : '   (DATA_DIR)'}`,
    ...(keys ? [`  Keys        in ${keys.file}${keys.areNew ? ', created just now' : ''}   (AUTH=token)`] : []),
    '',
    '  Talk to it from a second terminal:',
    '',
    ...(keys
      ? linesWithKey(server, commands)
      : [`    ${commands.client} ${webSocketUrl}`, `    curl ${httpUrl}/clients`]),
    '',
  ];
  if (host === '0.0.0.0' || host === '::') {
    lines.push('  Other machines can reach it too; WS_HOST=127.0.0.1 keeps it to this one.', '');
  }
  return `${lines.join('\n')}\n`;
}

/** The commands read the key from its file, so that the log does not contain it. */
function linesWithKey({ webSocketUrl, httpUrl, keys }: SwitchboardServer, commands: Commands): string[] {
  const where = keys?.file === SETTINGS.KEYS_FILE.default ? '' : `KEYS_FILE='${keys?.file}' `;
  const header = '-H "Authorization: Bearer $API_KEY"';
  const token = `$(curl -s -d '{}' ${header} ${httpUrl}/tokens | node -p 'JSON.parse(fs.readFileSync(0)).token')`;
  return [
    `    export API_KEY=$(${where}${commands.keys} show api-key)`,
    `    SWITCHBOARD_TOKEN=${token} ${commands.client} ${webSocketUrl}`,
    `    curl ${header} ${httpUrl}/clients`,
  ];
}

function usageOf(command: string): string {
  const width = Math.max(...Object.keys(SETTINGS).map((name) => name.length)) + 2;
  const settings = Object.entries(SETTINGS).map(
    ([name, { default: value, allowed }]) => `  ${name.padEnd(width)}${allowed}${value === '' ? '' : ` (${value})`}`,
  );
  return [
    `${command} [--wire] [--help]`,
    '',
    '  --wire    keeps data in DynamoDB and posts through the AWS SDK, as on AWS: both inside this process',
    '',
    'Settings are environment variables, with their defaults in parentheses:',
    '',
    ...settings,
    '',
  ].join('\n');
}

function bold(text: string): string {
  return process.stdout.isTTY ? styleText('bold', text) : text;
}

/** A sentence that says what to do; undefined for an unexpected error. */
function adviceFor(error: unknown): string | undefined {
  if (error instanceof SettingError) return error.message;
  if (error instanceof Error && error.name === 'DynaliteMissingError') return error.message;
  if (error instanceof Error && error.name === 'DynamoDbError') {
    return `${error.message}: start one there, or unset DYNAMODB_ENDPOINT to use the built-in dynalite.`;
  }
  if (error instanceof Error && error.name === 'KeysError') {
    return `KEYS_FILE: ${error.message}. Fix the file, or set KEYS_FILE to another path (it is created if missing).`;
  }
  if (error instanceof Error && error.name === 'DataFolderError') return `DATA_DIR: ${error.message}`;
  if (!(error instanceof PortError)) return undefined;
  const { code } = error.cause as NodeJS.ErrnoException;
  const { api, port } = error;
  const setting = api === 'webSocket' ? 'WS_PORT' : 'API_PORT';
  if (code === 'EADDRINUSE')
    return `Port ${port} is in use: stop the program that uses it, or set ${setting} to another port.`;
  if (code === 'EACCES') return `No permission for port ${port}: set ${setting} to a port above 1023.`;
  return `Cannot listen on WS_HOST and ${setting} (${code} on port ${port}): set them to an address and a port of this machine.`;
}

/**
 * Runs the server until it gets a signal. If it cannot start, it exits with 1 and one sentence on stderr.
 * @param app  responder, tools, message types and settings
 */
export function run(app: App, options = process.argv.slice(2), commands = NPM_COMMANDS): void {
  // If the reader of the log exits, as in `npm start | head`, the server continues.
  process.stdout.on('error', () => {});
  start(app, options, commands).catch((error) => {
    const advice = adviceFor(error);
    process.stderr.write(advice === undefined ? `${error?.stack}\n` : `Switchboard did not start. ${advice}\n`);
    process.exit(1);
  });
}
