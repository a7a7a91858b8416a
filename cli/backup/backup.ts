/** The backup command: asks the running server of the folder, or copies the data of a stopped one. */
import { once } from 'node:events';
import { type IncomingMessage, request } from 'node:http';
import { resolve } from 'node:path';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';
import { controlPath } from '../../local/control-socket';
import { createDataFolder, openDataFolder } from '../../local/durable/data-folder';
import { assertDataFolder } from '../../local/durable/data-folder-format';
import { readSettings } from '../../local/settings';
import { ended, UsageError } from '../usage-error';

const helpOf = (command: string) =>
  [
    `${command} FOLDER [--data-dir FOLDER]`,
    '',
    '  FOLDER             where to write the backup; must be empty, or not exist yet',
    '  --data-dir FOLDER  the data; default: DATA_DIR, or .switchboard',
    '',
    'The server can keep running. The backup contains everything stored when it began. To restore it, start a server with',
    'DATA_DIR set to a copy of it. It does not contain the keys of access control: copy KEYS_FILE too.',
    '',
  ].join('\n');

/** @param command  how a person starts it, for the usage */
export function runBackup(args: string[], command: string): Promise<void> {
  return ended(async () => {
    const { values, positionals } = parseArgs({
      args,
      allowPositionals: true,
      options: { 'data-dir': { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    });
    if (values.help) return void process.stdout.write(helpOf(command));
    const [folder] = positionals;
    if (folder === undefined || positionals.length > 1) {
      throw new UsageError('Name one folder for the backup; see --help.');
    }
    const dataFolder = values['data-dir'] ?? readSettings(process.env).DATA_DIR;
    if (dataFolder === '') throw new UsageError('DATA_DIR is empty: such a server keeps nothing on disk.');
    await backUp(dataFolder, resolve(folder));
    process.stdout.write(`${dataFolder} is backed up in ${folder}.\n`);
  });
}

/**
 * @param folder  absolute: the server may run in another folder
 * @throws DataFolderError, UsageError
 */
export async function backUp(dataFolder: string, folder: string): Promise<void> {
  await assertDataFolder(dataFolder);
  const response = await askServer(dataFolder, folder);
  if (!response) return copy(dataFolder, folder);
  const answer = await text(response);
  if (response.statusCode !== 200) throw new UsageError(JSON.parse(answer).error);
}

/** @returns undefined if no server is running */
async function askServer(dataFolder: string, folder: string): Promise<IncomingMessage | undefined> {
  const asked = request({ socketPath: controlPath(dataFolder), method: 'POST', path: '/backup', agent: false });
  asked.end(JSON.stringify({ folder }));
  try {
    const [response] = await once(asked, 'response');
    return response;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['ENOENT', 'ECONNREFUSED', 'EINVAL', 'ENAMETOOLONG'].includes(code)) return undefined;
    throw new UsageError(`The server that uses ${dataFolder} cannot be reached (${code}).`);
  }
}

async function copy(dataFolder: string, folder: string): Promise<void> {
  const data = await openDataFolder(dataFolder);
  try {
    await createDataFolder(folder, data.snapshot());
  } finally {
    await data.close();
  }
}
