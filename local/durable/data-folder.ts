/**
 * The data folder: `format.json`, and a LevelDB in `store`. LevelDB locks it against other processes, and compacts it by itself. To detect
 * damage that LevelDB does not report, each value has a checksum, and the last commits have consecutive numbers.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { ClassicLevel } from 'classic-level';
import { codeOf, damaged, folderError, notEmpty } from './data-folder-error';
import { checkFormat, MODE, STORE, writeFormat } from './data-folder-format';

/** Key prefix of the commit numbers, after all other keys. */
const COMMITS = '~';

/** Number of commit numbers to keep: more than fit into LevelDB's log of 4 MiB, which can lose single commits if it is damaged. */
const KEPT_COMMITS = 65_536;

/** Entries per read. */
const READ_SIZE = 1_000;

type Level = ClassicLevel<string, string>;

/** A key with its new value; undefined removes it. */
export type Change = readonly [key: string, value: string | undefined];

/** As stored in LevelDB. */
export type Entry = [key: string, value: string];

export interface DataFolder {
  /** Entries whose keys begin with this letter, by key. @throws DataFolderError if they are damaged */
  read(letter: string): AsyncIterable<Entry>;
  /** A consistent snapshot of all entries at the time of the first read. */
  snapshot(): AsyncIterable<Entry[]>;
  /** Atomic; synced to disk when it resolves. After a failure call `recover`. */
  commit(changes: readonly Change[]): Promise<void>;
  /** Starts a new log after a failed commit, because a partial record in LevelDB's log could hide later ones. */
  recover(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a folder, and creates it if missing. @throws DataFolderError */
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

    snapshot: () => pages(level, {}),

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

/**
 * Creates a data folder with these entries. It appears only when all of it is on disk.
 * @param path  must not exist, or be an empty folder
 * @throws DataFolderError
 */
export async function createDataFolder(path: string, entries: AsyncIterable<Entry[]>): Promise<void> {
  const next = `${path}.${randomBytes(6).toString('hex')}`;
  try {
    if ((await readdir(path).catch(nothingThere)).length > 0) throw notEmpty(path);
    await mkdir(next, { recursive: true, mode: MODE });
    const level = await openLevel(next);
    try {
      for await (const page of entries) await level.batch(page.map(putOf), { sync: true });
    } finally {
      await level.close();
    }
    await writeFormat(next);
    await rename(next, path);
  } catch (error) {
    throw folderError(path, error);
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}

function putOf([key, value]: Entry) {
  return { type: 'put', key, value } as const;
}

function nothingThere(error: unknown): string[] {
  if (codeOf(error) === 'ENOENT') return [];
  throw error;
}

async function openLevel(path: string): Promise<Level> {
  const level = new ClassicLevel<string, string>(join(path, STORE));
  try {
    await level.open();
  } catch (error) {
    throw folderError(path, (error as Error).cause ?? error);
  }
  return level;
}

/** LevelDB reads from a snapshot that is taken when the iterator is created. */
async function* pages(level: Level, range: { gte?: string; lt?: string }): AsyncGenerator<Entry[]> {
  const iterator = level.iterator(range);
  try {
    for (;;) {
      const read = await iterator.nextv(READ_SIZE);
      if (read.length === 0) return;
      yield read;
    }
  } finally {
    await iterator.close();
  }
}

async function* entries(level: Level, letter: string): AsyncGenerator<Entry> {
  const range = { gte: letter, lt: String.fromCharCode(letter.charCodeAt(0) + 1) };
  for await (const page of pages(level, range)) yield* page;
}

async function* readChecked(level: Level, path: string, letter: string): AsyncGenerator<Entry> {
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

/** The number of the last commit. @throws DataFolderError if an earlier one is missing: LevelDB skips unreadable parts of its log */
async function lastCommit(level: Level, path: string): Promise<number> {
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
