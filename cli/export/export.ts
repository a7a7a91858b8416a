/** The command that exports history: one line of JSON for each message. */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { stringifyJson } from '../../lambdas/protocol/json';
import { ended, UsageError } from '../usage-error';
import { type ExportedMessage, messagesInFolder } from './from-folder';
import { messagesOfServer } from './from-server';

const DEFAULT_URL = 'http://localhost:9005';

const helpOf = (command: string) =>
  [
    `${command} [CLIENT_ID ...] [--url URL] [--data-dir FOLDER]`,
    '',
    'Prints messages, oldest first, one JSON object per line: {"client_id", "message_id", "direction", "type", "data", "timestamp", …}',
    '',
    '  CLIENT_ID          of these clients; default: all',
    `  --url URL          from a running server, by its HTTP API; default: ${DEFAULT_URL}. All clients are`,
    '                     those that are connected. With access control, set the variable API_KEY to a key',
    '  --data-dir FOLDER  from the data of a stopped server, or from a backup; includes clients that have left',
    '',
  ].join('\n');

/** @param command  how a person starts it, for the usage */
export function runExport(args: string[], command: string): Promise<void> {
  return ended(async () => {
    const { values, positionals: clientIds } = parseArgs({
      args,
      allowPositionals: true,
      options: {
        url: { type: 'string' },
        'data-dir': { type: 'string' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help) return void process.stdout.write(helpOf(command));
    const { url, 'data-dir': folder } = values;
    if (url !== undefined && folder !== undefined) throw new UsageError('Give --url or --data-dir, not both.');
    if (folder !== undefined) return print(messagesInFolder(folder, clientIds));
    await print(messagesOfServer({ url: url ?? DEFAULT_URL, apiKey: process.env.API_KEY, clientIds }));
  });
}

async function print(messages: AsyncIterable<ExportedMessage>): Promise<void> {
  process.stdout.on('error', () => process.exit(1)); // the reader went away, as `head` does
  for await (const message of messages) {
    if (!process.stdout.write(`${stringifyJson(message)}\n`)) await once(process.stdout, 'drain');
  }
}
