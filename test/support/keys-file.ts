/** A file of keys for a server with AUTH=token, in a folder of its own. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Keys {
  current: string;
  previous?: string;
}

export interface KeysFile {
  path: string;
  /** As the file has it now. */
  read(): { api_key: Keys; signing_key: Keys };
  remove(): void;
}

/** Names a file that is not there yet; the server makes it. */
export function createKeysFile(): KeysFile {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-keys-'));
  const path = join(folder, 'keys.json');
  return {
    path,
    read: () => JSON.parse(readFileSync(path, 'utf8')),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
