/// <reference types="node" />
/** A storage in a file, for Node.js. A separate entry, because browsers have no files. */
import { open, readFile, rename } from 'node:fs/promises';
import type { ClientStorage } from './types';

/**
 * Keeps the state in a file that only its owner may read, because it contains the `resume_token`. It survives a crash and a power cut.
 *
 * @example
 * const client = createClient({ url, storage: fileStorage('switchboard-state.json') });
 */
export function fileStorage(path: string): ClientStorage {
  return {
    async load() {
      try {
        return await readFile(path, 'utf8');
      } catch (error) {
        if ((error as { code?: string }).code === 'ENOENT') return undefined;
        throw error;
      }
    },
    async save(text) {
      const next = `${path}.new`;
      const file = await open(next, 'w', 0o600);
      try {
        await file.writeFile(text);
        await file.datasync();
      } finally {
        await file.close();
      }
      await rename(next, path); // a crash leaves the old file or the new one, never half of one
    },
  };
}
