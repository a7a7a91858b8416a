/**
 * The folder that state is kept in: `format.json`, and a LevelDB in `store`. LevelDB locks it against other processes, and compacts it by
 * itself. What it does not tell of, this finds: each value has a checksum, and the numbers of the last commits have no hole.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import {
  codeOf,
  type DataFolderError,
  damaged,
  diskFull,
  inUse,
  newerFormat,
  notOurs,
  notWritable,
} from './data-folder-error';

/** Rises where an older version could not read what this one writes. */
const FORMAT = 1;

const FORMAT_FILE = 'format.json';
const STORE = 'store';

/** Contents of messages are for this user alone. */
const MODE = 0o700;

/** Where the numbers of the last commits are: behind all other keys. */
const COMMITS = '~';

/** Commits whose numbers are kept: more than LevelDB's log of 4 MiB can hold, which is what loses single commits if it is damaged. */
const KEPT_COMMITS = 65_536;

/** Entries in one read. */
const READ_SIZE = 1_000;

/** A key with its new value; undefined removes it. */
export type Change = readonly [key: string, value: string | undefined];

export interface DataFolder {
  /** Entries whose keys begin with this letter, by key. @throws DataFolderError where they are damaged */
  read(letter: string): AsyncIterable<[key: string, value: string]>;
  /** All of it, or nothing; on disk when it resolves. After a failure only `recover` helps. */
  commit(changes: readonly Change[]): Promise<void>;
  /** After a failed commit, whose rest in LevelDB's log could hide later ones: begins a new log. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a folder, and makes it where there is none. @throws DataFolderError */
export async function openDataFolder(path: string): Promise<DataFolder> {
  await checkFormat(path);
  let level = await openLevel(path);
  let commits: number;
  try {
    commits = await lastCommit(level, path);
  } catch (error) {
    await level.close();
    throw error;
  }

  return {
    read: (letter) => readChecked(level, path, letter),

    async commit(changes) {
      const batch = level.batch();
      for (const [key, value] of changes) {
        if (value === undefined) batch.del(key);
        else batch.put(key, checksum(key, value) + value);
      }
      const number = commits + 1;
      batch.put(`${COMMITS}${number % KEPT_COMMITS}`, String(number));
      await batch.write({ sync: true });
      commits = number;
    },

    async recover() {
      await level.close();
      level = await openLevel(path);
    },

    close: () => level.close(),
  };
}

async function checkFormat(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: MODE });
    const text = await readFile(join(path, FORMAT_FILE), 'utf8').catch((error) => {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    });
    if (text !== undefined) return assertFormat(path, text);
    const others = (await readdir(path)).filter((name) => name !== STORE && !name.startsWith(FORMAT_FILE));
    if (others.length > 0) throw notOurs(path);
    await writeFormat(path);
  } catch (error) {
    throw folderError(path, error);
  }
}

function assertFormat(path: string, text: string): void {
  let format: unknown;
  try {
    ({ format } = JSON.parse(text));
  } catch {
    // below
  }
  if (typeof format !== 'number') throw damaged(path, `no format in ${FORMAT_FILE}`);
  if (format > FORMAT) throw newerFormat(path, format, FORMAT);
}

/** Whole or not at all, also where two processes do it at the same time. */
async function writeFormat(path: string): Promise<void> {
  const next = join(path, `${FORMAT_FILE}.${randomBytes(6).toString('hex')}`);
  try {
    const file = await open(next, 'wx', 0o600);
    try {
      await file.writeFile(`${JSON.stringify({ format: FORMAT })}\n`);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(next, join(path, FORMAT_FILE));
  } finally {
    await rm(next, { force: true });
  }
}

async function openLevel(path: string): Promise<ClassicLevel<string, string>> {
  const level = new ClassicLevel<string, string>(join(path, STORE));
  try {
    await level.open();
  } catch (error) {
    throw folderError(path, (error as Error).cause ?? error);
  }
  return level;
}

/** LevelDB says more in its text than in its code. */
function folderError(path: string, error: unknown): DataFolderError | unknown {
  const { name, message } = error as Error;
  const code = codeOf(error);
  if (name === 'DataFolderError') return error;
  if (code === 'LEVEL_LOCKED') return inUse(path, error);
  if (code === 'ENOSPC' || /No space left/i.test(message)) return diskFull(path, error);
  if (/Permission denied|Read-only/i.test(message)) return notWritable(path, { code: 'EACCES' });
  if (code.startsWith('LEVEL_')) return damaged(path, message.replace(/^Corruption: |^IO error: /, ''), error);
  return notWritable(path, error);
}

async function* entries(level: ClassicLevel<string, string>, letter: string): AsyncGenerator<[string, string]> {
  const iterator = level.iterator({ gte: letter, lt: String.fromCharCode(letter.charCodeAt(0) + 1) });
  try {
    for (;;) {
      const read = await iterator.nextv(READ_SIZE);
      if (read.length === 0) return;
      yield* read;
    }
  } finally {
    await iterator.close();
  }
}

async function* readChecked(
  level: ClassicLevel<string, string>,
  path: string,
  letter: string,
): AsyncGenerator<[string, string]> {
  try {
    for await (const [key, checked] of entries(level, letter)) {
      const value = checked.slice(CHECKSUM_LENGTH);
      if (checked.slice(0, CHECKSUM_LENGTH) !== checksum(key, value)) throw damaged(path, 'a checksum does not fit');
      yield [key, value];
    }
  } catch (error) {
    throw folderError(path, error);
  }
}

/** The number of the last commit. @throws DataFolderError where one before it is missing: LevelDB skips what it cannot read in its log */
async function lastCommit(level: ClassicLevel<string, string>, path: string): Promise<number> {
  const numbers: number[] = [];
  try {
    for await (const [, number] of entries(level, COMMITS)) numbers.push(Number(number));
  } catch (error) {
    throw folderError(path, error);
  }
  numbers.sort((one, other) => one - other);
  const last = numbers.at(-1) ?? 0;
  if (numbers.length !== Math.min(last, KEPT_COMMITS) || (numbers[0] ?? 1) !== Math.max(1, last - KEPT_COMMITS + 1)) {
    throw damaged(path, 'a part of its log is missing');
  }
  return last;
}

const CHECKSUM_LENGTH = 8;

/** FNV-1a over the characters: Node's own CRC-32 came with 20.15. */
function checksum(key: string, value: string): string {
  let hash = 0x811c9dc5;
  for (const text of [key, value]) {
    for (let index = 0; index < text.length; index++) {
      hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
    }
  }
  return (hash >>> 0).toString(16).padStart(CHECKSUM_LENGTH, '0');
}
