/** `npm start`: reads the settings, opens the ports, says where they are, and stops in good order. */
import { styleText } from 'node:util';
import { ListenError, startServer } from './server';
import { readSettings, SettingError } from './settings';
import { createTerminalLog } from './terminal-log';

async function main(): Promise<void> {
  const [unknown] = process.argv.slice(2);
  if (unknown !== undefined)
    throw new SettingError(`"${unknown}" is no option; settings are environment variables, listed in README.md.`);
  const settings = readSettings(process.env);
  const log = createTerminalLog(settings.LOG_LEVEL, (line) => process.stdout.write(`${line}\n`));
  const server = await startServer({ settings, log });
  process.stdout.write(greeting(server.webSocketUrl, server.httpUrl, settings.WS_HOST));

  let stopping = false;
  async function stop(): Promise<void> {
    if (stopping) return;
    stopping = true;
    await server.stop();
    process.exit(0); // a handler that outlives its grace must not hold the process
  }
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

function greeting(webSocketUrl: string, httpUrl: string, host: string): string {
  const lines = [
    '',
    `  ${bold('Switchboard')} is running.`,
    '',
    `  WebSocket   ${webSocketUrl}`,
    `  HTTP API    ${httpUrl}`,
    `  API docs    ${httpUrl}/docs`,
    '',
    '  Talk to it from a second terminal:',
    '',
    `    npm run client -- ${webSocketUrl}`,
    `    curl ${httpUrl}/clients`,
    '',
  ];
  if (host === '0.0.0.0' || host === '::') {
    lines.push('  Other machines can reach it too; WS_HOST=127.0.0.1 keeps it to this one.', '');
  }
  return `${lines.join('\n')}\n`;
}

function bold(text: string): string {
  return process.stdout.isTTY ? styleText('bold', text) : text;
}

/** What went wrong as one sentence that says what to do; undefined for what nobody foresaw. */
function adviceFor(error: unknown): string | undefined {
  if (error instanceof SettingError) return error.message;
  if (!(error instanceof ListenError)) return undefined;
  const { code } = error.cause as NodeJS.ErrnoException;
  const { setting, port } = error;
  if (code === 'EADDRINUSE') return `Port ${port} is taken: stop what runs there, or set ${setting} to another port.`;
  if (code === 'EACCES')
    return `Port ${port} needs more rights than this user has: set ${setting} to a port above 1023.`;
  return `WS_HOST or ${setting} can't be used (${code} on port ${port}): set them to an address and a port of this machine.`;
}

main().catch((error) => {
  const advice = adviceFor(error);
  process.stderr.write(advice === undefined ? `${error?.stack}\n` : `Switchboard did not start. ${advice}\n`);
  process.exit(1);
});
