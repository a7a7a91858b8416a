/** The file that holds both keys of a server on one machine: `{"api_key": {"current": …}, "signing_key": {"current": …}}`. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { type KeySource, type Keys, KeysError, keysFrom, objectFromJson } from '../../lambdas/access/keys';
import { newKey } from './rotation';

export interface KeyPair {
  apiKey: Keys;
  signingKey: Keys;
}

/** For this machine's user alone. */
const MODE = 0o600;

/** Makes the file with new keys where there is none. True where it did. @throws KeysError */
export async function ensureKeyFile(path: string): Promise<boolean> {
  const keys = { apiKey: { current: newKey() }, signingKey: { current: newKey() } };
  try {
    await writeFile(path, textOf(keys), { mode: MODE, flag: 'wx' });
    return true;
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw new KeysError(`${path} can't be made (${codeOf(error)})`, { cause: error });
  }
  await readKeyFile(path); // one that is no good should be told of now, not by each call
  return false;
}

/** @throws KeysError */
export async function readKeyFile(path: string): Promise<KeyPair> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new KeysError(`${path} can't be read (${codeOf(error)})`, { cause: error });
  }
  const { api_key: apiKey, signing_key: signingKey } = objectFromJson(text, path);
  return { apiKey: keysFrom(apiKey, `${path}: api_key`), signingKey: keysFrom(signingKey, `${path}: signing_key`) };
}

/** Puts a whole new file in the place of the old one: whoever reads meanwhile gets the one or the other. */
export async function writeKeyFile(path: string, keys: KeyPair): Promise<void> {
  const next = `${path}.${process.pid}`;
  await writeFile(next, textOf(keys), { mode: MODE });
  await rename(next, path);
}

/** Reads the file each time that it is asked: it is small and near, and so a rotation counts at once. */
export function createFileKeys(path: string, name: keyof KeyPair): KeySource {
  const read = async () => (await readKeyFile(path))[name];
  return { get: read, refresh: read };
}

function textOf({ apiKey, signingKey }: KeyPair): string {
  return `${JSON.stringify({ api_key: apiKey, signing_key: signingKey }, null, 2)}\n`;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
