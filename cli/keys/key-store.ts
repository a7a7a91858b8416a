/** Storage of one key for `npm run keys`; here in the file of a local server. */
import type { Keys } from '../../lambdas/ports/key-source';
import { type KeyPair, readKeyFile, writeKeyFile } from '../../local/key-file';
import type { KeyName } from './options';

export interface KeyStore {
  name: KeyName;
  /** A description for people. */
  where: string;
  /** A description for people of when servers notice a change. */
  noticed: 'at once' | 'within a minute';
  /** @throws KeysError */
  read(): Promise<Keys>;
  write(keys: Keys): Promise<void>;
}

const FIELDS: Readonly<Record<KeyName, keyof KeyPair>> = { 'api-key': 'apiKey', 'signing-key': 'signingKey' };

export function createFileKeyStore(name: KeyName, path: string): KeyStore {
  const field = FIELDS[name];
  return {
    name,
    where: path,
    noticed: 'at once',
    read: async () => (await readKeyFile(path))[field],
    write: async (keys) => writeKeyFile(path, { ...(await readKeyFile(path)), [field]: keys }),
  };
}
