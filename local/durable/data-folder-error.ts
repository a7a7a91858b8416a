/** Says in one sentence why a data folder cannot be used, and what to do. */
export class DataFolderError extends Error {
  override readonly name = 'DataFolderError';
}

const ELSEWHERE = 'set DATA_DIR to another folder, or leave it empty to keep everything in memory';

/** Missing permissions, or a read-only file system. */
export function notWritable(path: string, cause: unknown): DataFolderError {
  return new DataFolderError(
    `${path} cannot be written (${codeOf(cause)}). Give this user write permission, or ${ELSEWHERE}.`,
    {
      cause,
    },
  );
}

export function fileInTheWay(path: string, cause: unknown): DataFolderError {
  return new DataFolderError(`${path} is a file, or below a file. Set DATA_DIR to a folder that is new or empty.`, {
    cause,
  });
}

export function diskFull(path: string, cause: unknown): DataFolderError {
  return new DataFolderError(`The disk of ${path} is full. Free some space, or ${ELSEWHERE}.`, { cause });
}

export function inUse(path: string, cause: unknown): DataFolderError {
  return new DataFolderError(`${path} is in use by another process. Stop that process, or ${ELSEWHERE}.`, { cause });
}

export function damaged(path: string, reason: string, cause?: unknown): DataFolderError {
  const remedy = 'Restore it from a backup, or move it away: the server then starts with an empty one.';
  return new DataFolderError(`${path} is damaged (${reason}). ${remedy}`, { cause });
}

export function newerFormat(path: string, found: number, known: number): DataFolderError {
  const remedy = 'Start the version that wrote it';
  return new DataFolderError(
    `${path} has format ${found} of a newer version; this one reads format ${known}. ${remedy}, or ${ELSEWHERE}.`,
  );
}

export function notOurs(path: string): DataFolderError {
  return new DataFolderError(`${path} has other files and no Switchboard data. Set DATA_DIR to a new or empty folder.`);
}

export function noData(path: string): DataFolderError {
  return new DataFolderError(`${path} has no Switchboard data. Name the folder in the DATA_DIR of the server.`);
}

export function notEmpty(path: string): DataFolderError {
  return new DataFolderError(`${path} is not empty. Name an empty folder, or one that does not exist yet.`);
}

/** A readable cause for an error of the file system or LevelDB. */
export function folderError(path: string, error: unknown): DataFolderError | unknown {
  const { name, message } = error as Error; // LevelDB's message says more than its code
  const code = codeOf(error);
  if (name === 'DataFolderError') return error;
  if (code === 'LEVEL_LOCKED') return inUse(path, error);
  if (code === 'ENOSPC' || /No space left/i.test(message)) return diskFull(path, error);
  if (code === 'EEXIST' || code === 'ENOTDIR') return fileInTheWay(path, error);
  if (/Permission denied|Read-only/i.test(message)) return notWritable(path, { code: 'EACCES' });
  if (code.startsWith('LEVEL_')) return damaged(path, message.replace(/^Corruption: |^IO error: /, ''), error);
  return notWritable(path, error);
}

export function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? 'unknown error';
}
