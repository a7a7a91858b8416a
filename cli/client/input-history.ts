/** Lines that were typed before, over runs of the client: a file in the user's folder for state, which this user alone can read. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Lines that are kept. */
const KEPT = 1_000;

/** As the XDG Base Directory Specification places it. */
export function historyPath(environment: Record<string, string | undefined>): string {
  const state = environment.XDG_STATE_HOME || join(homedir(), '.local/state');
  return join(state, 'switchboard', 'client-history');
}

export interface InputHistory {
  /** Newest first, as readline takes them. */
  lines: string[];
  /** Keeps a line; not one that begins with a space. */
  add(line: string): void;
}

/** Without such a file, as on a disk that is read only, there is the history of this run alone. */
export function openInputHistory(path: string): InputHistory {
  const lines = readLines(path);
  return {
    lines: lines.slice(-KEPT).reverse(),
    add(line) {
      if (line.trim() === '' || line.startsWith(' ') || line === lines.at(-1)) return;
      lines.push(line);
      try {
        mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
        if (lines.length <= 2 * KEPT) return appendFileSync(path, `${line}\n`, { mode: 0o600 });
        lines.splice(0, lines.length - KEPT);
        writeFileSync(path, `${lines.join('\n')}\n`, { mode: 0o600 });
      } catch {
        // the line is in the history of this run
      }
    },
  };
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n').filter(Boolean);
  } catch {
    return [];
  }
}
