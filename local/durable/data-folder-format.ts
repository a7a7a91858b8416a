/** `format.json`: marks a data folder, and has its format version. */
import { randomBytes } from 'node:crypto';
import { access, mkdir, open, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, damaged, folderError, newerFormat, noData, notOurs } from './data-folder-error';

/** Increased when older versions cannot read the new format. */
const FORMAT = 1;

const FORMAT_FILE = 'format.json';
/** Of the LevelDB in a data folder. */
export const STORE = 'store';

/** Only this user may read message contents. */
export const MODE = 0o700;

/** @throws DataFolderError if there is no data folder */
export async function assertDataFolder(path: string): Promise<void> {
  await access(join(path, FORMAT_FILE)).catch(() => {
    throw noData(path);
  });
}

/** Creates the folder and its `format.json` if missing. @throws DataFolderError */
export async function checkFormat(path: string): Promise<void> {
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

/** Atomic, even if two processes do it at the same time. */
export async function writeFormat(path: string): Promise<void> {
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
