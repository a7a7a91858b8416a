/** The history of typed lines across runs: a file in the user's state folder that only this user can read. */
import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

/** Maximum number of lines. */
const KEPT = 1_000;

/** Location according to the XDG Base Directory Specification. */
export function historyPath(environment: Record<string, string | undefined>): string {
  const state = environment.XDG_STATE_HOME || join(homedir(), '.local/state');
  return join(state, 'switchboard', 'client-history');
}

export interface InputHistory {
  /** Newest first, as readline expects. */
  lines: string[];
  /** Adds a line, unless it begins with a space. */
  add(line: string): void;
}

/** If the file cannot be used, as on a read-only disk, the history lasts for this run only. */
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
