/** A file of keys for a server with AUTH=token, in a folder of its own. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

interface Keys {
  current: string;
  previous?: string;
}

interface Contents {
  api_key: Keys;
  signing_key: Keys;
}

export interface KeysFile {
  path: string;
  read(): Contents;
  write(contents: Contents): void;
  remove(): void;
}

/** Names a file that is not there yet; the server makes it. */
export function createKeysFile(): KeysFile {
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-keys-'));
  const path = join(folder, 'keys.json');
  return {
    path,
    read: () => JSON.parse(readFileSync(path, 'utf8')),
    write: (contents) => writeFileSync(path, JSON.stringify(contents)),
    remove: () => rmSync(folder, { recursive: true }),
  };
}
