/** `npm start`: reads the settings, opens the ports, says where they are, and stops in good order. */
import { styleText } from 'node:util';
import { PortError } from './gateway/gateway';
import { type SwitchboardServer, startServer } from './server';
import { readSettings, SETTINGS, SettingError } from './settings';
import { createTerminalLog } from './terminal-log';

async function main(): Promise<void> {
  const options = process.argv.slice(2);
  const unknown = options.find((option) => option !== '--wire');
  if (unknown !== undefined) {
    throw new SettingError(
      `"${unknown}" is no option; there is --wire, and the environment variables that README.md lists.`,
    );
  }
  const settings = readSettings(process.env);
  const log = createTerminalLog(settings.LOG_LEVEL, (line) => process.stdout.write(`${line}\n`));
  const wire = options.includes('--wire');
  const server = await startServer({ settings, log, wire });

  let stopping = false;
  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    await server.stop();
    process.exit(0); // a handler that outlives its grace must not hold the process
  }
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
  process.stdout.write(greeting(server, settings.WS_HOST, wire)); // last: who reads it may send a signal at once
}

function greeting(server: SwitchboardServer, host: string, wire: boolean): string {
  const { webSocketUrl, httpUrl, connectionsUrl, data, keys } = server;
  const lines = [
    '',
    `  ${bold('Switchboard')} is running.`,
    '',
    `  WebSocket   ${webSocketUrl}`,
    `  HTTP API    ${httpUrl}`,
    `  API docs    ${httpUrl}/docs`,
    ...(wire ? [`  SDK         ${connectionsUrl}   (endpoint of @connections)`, `  Data        ${data}`] : []),
    ...(keys ? [`  Keys        in ${keys.file}${keys.areNew ? ', made just now' : ''}   (AUTH=token)`] : []),
    '',
    '  Talk to it from a second terminal:',
    '',
    ...(keys ? linesWithKey(server) : [`    npm run client -- ${webSocketUrl}`, `    curl ${httpUrl}/clients`]),
    '',
  ];
  if (host === '0.0.0.0' || host === '::') {
    lines.push('  Other machines can reach it too; WS_HOST=127.0.0.1 keeps it to this one.', '');
  }
  return `${lines.join('\n')}\n`;
}

/** They read the key where it is, so that it is shown nowhere. */
function linesWithKey({ webSocketUrl, httpUrl, keys }: SwitchboardServer): string[] {
  const where = keys?.file === SETTINGS.KEYS_FILE.default ? '' : `KEYS_FILE='${keys?.file}' `;
  const header = '-H "Authorization: Bearer $API_KEY"';
  const token = `$(curl -s -d '{}' ${header} ${httpUrl}/tokens | node -p 'JSON.parse(fs.readFileSync(0)).token')`;
  return [
    `    export API_KEY=$(${where}npm run --silent keys -- show api-key)`,
    `    SWITCHBOARD_TOKEN=${token} npm run client -- ${webSocketUrl}`,
    `    curl ${header} ${httpUrl}/clients`,
  ];
}

function bold(text: string): string {
  return process.stdout.isTTY ? styleText('bold', text) : text;
}

/** What went wrong as one sentence that says what to do; undefined for what nobody foresaw. */
function adviceFor(error: unknown): string | undefined {
  if (error instanceof SettingError) return error.message;
  if (error instanceof Error && error.name === 'DynamoDbError') {
    return `${error.message}: start one there, or unset DYNAMODB_ENDPOINT to use the one inside this process.`;
  }
  if (error instanceof Error && error.name === 'KeysError') {
    return `KEYS_FILE: ${error.message}: mend it, or name another file; one that is not there yet is made.`;
  }
  if (!(error instanceof PortError)) return undefined;
  const { code } = error.cause as NodeJS.ErrnoException;
  const { api, port } = error;
  const setting = api === 'webSocket' ? 'WS_PORT' : 'API_PORT';
  if (code === 'EADDRINUSE') return `Port ${port} is taken: stop what runs there, or set ${setting} to another port.`;
  if (code === 'EACCES')
    return `Port ${port} needs more rights than this user has: set ${setting} to a port above 1023.`;
  return `WS_HOST or ${setting} can't be used (${code} on port ${port}): set them to an address and a port of this machine.`;
}

// Whoever reads the log may go away, as in `npm start | head`; the clients who are connected are no business of theirs.
process.stdout.on('error', () => {});

main().catch((error) => {
  const advice = adviceFor(error);
  process.stderr.write(advice === undefined ? `${error?.stack}\n` : `Switchboard did not start. ${advice}\n`);
  process.exit(1);
});
