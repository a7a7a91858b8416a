/** The file with both keys of a server on one machine: `{"api_key": {"current": …}, "signing_key": {"current": …}}`. */
import { randomBytes } from 'node:crypto';
import { link, open, readFile, rename, rm, stat } from 'node:fs/promises';
import { keysFrom, objectFromJson } from '../lambdas/access/keys';
import { type KeySource, type Keys, KeysError } from '../lambdas/ports/key-source';

export interface KeyPair {
  apiKey: Keys;
  signingKey: Keys;
}

/** Readable only by this user. */
const MODE = 0o600;

/** Creates the file with new keys if it is missing. @returns true if it did. @throws KeysError */
export async function ensureKeyFile(path: string): Promise<boolean> {
  const keys = { apiKey: { current: newKey() }, signingKey: { current: newKey() } };
  try {
    if (!(await exists(path))) {
      await writeAside(path, keys, (next) => linkOrRename(next, path));
      return true;
    }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST')
      throw new KeysError(`${path} can't be created (${codeOf(error)})`, { cause: error });
  }
  await readKeyFile(path); // report an invalid file now, not at each call
  return false;
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Unlike a rename, a link never replaces an existing file, such as one that another process has just created. */
async function linkOrRename(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (error) {
    if (codeOf(error) === 'EEXIST') throw error;
    await rename(from, to); // the file system has no hard links
  }
}

/** Writes a temporary file, then moves it into place: a full disk or a crash leaves no half-written file. */
async function writeAside(path: string, keys: KeyPair, put: (next: string) => Promise<void>): Promise<void> {
  const next = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    const file = await open(next, 'wx', MODE);
    try {
      await file.writeFile(textOf(keys));
      await file.sync();
    } finally {
      await file.close();
    }
    await put(next);
  } finally {
    await rm(next, { force: true });
  }
}

const WHERE_KEYS_COME_FROM = 'Start a server with AUTH=token, which creates it, or set KEYS_FILE to its path';

/** @throws KeysError */
export async function readKeyFile(path: string): Promise<KeyPair> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT')
      throw new KeysError(`${path} does not exist. ${WHERE_KEYS_COME_FROM}`, { cause: error });
    throw new KeysError(`${path} can't be read (${codeOf(error)})`, { cause: error });
  }
  const { api_key: apiKey, signing_key: signingKey } = objectFromJson(text, path);
  return { apiKey: keysFrom(apiKey, `${path}: api_key`), signingKey: keysFrom(signingKey, `${path}: signing_key`) };
}

/** Replaces the file atomically: concurrent readers get either the old or the new one. */
export async function writeKeyFile(path: string, keys: KeyPair): Promise<void> {
  await writeAside(path, keys, (next) => rename(next, path));
}

/** Errors for exhausted resources, which say nothing about the file itself. */
const EXHAUSTED = new Set(['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN']);

/**
 * Caches the keys, and checks at each call whether the file has changed, so that a rotation takes effect at once. The check opens no file,
 * because a flood of connections can use up all file descriptors.
 */
export function createFileKeys(path: string, name: keyof KeyPair): KeySource {
  let kept: { keys: Keys; version: string } | undefined;

  async function get(): Promise<Keys> {
    try {
      const version = await versionOf(path);
      if (kept?.version !== version) kept = { keys: (await readKeyFile(path))[name], version };
    } catch (error) {
      const cause = error instanceof KeysError ? error.cause : error;
      if (!kept || !EXHAUSTED.has(codeOf(cause))) throw error;
    }
    return kept.keys;
  }
  return { get, refresh: get };
}

/** Changes with each new content of the file. @throws KeysError */
async function versionOf(path: string): Promise<string> {
  try {
    const { ino, size, mtimeNs } = await stat(path, { bigint: true });
    return `${ino} ${size} ${mtimeNs}`;
  } catch (error) {
    throw new KeysError(`${path} can't be read (${codeOf(error)})`, { cause: error });
  }
}

/** Random bytes in a key: the hash size of HS256. */
const KEY_BYTES = 32;

/** Creates a key that needs no quoting in a header, a URL or a shell. */
export function newKey(): string {
  return randomBytes(KEY_BYTES).toString('base64url');
}

function textOf({ apiKey, signingKey }: KeyPair): string {
  return `${JSON.stringify({ api_key: apiKey, signing_key: signingKey }, null, 2)}\n`;
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown';
}
