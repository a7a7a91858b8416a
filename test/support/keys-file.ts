/** A key file for a server with AUTH=token, in its own folder. */
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

/** A path that does not exist yet; the server creates it. */
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
