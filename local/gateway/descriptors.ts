/** How many file descriptors this process may have: each connection takes one. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';

/** Infinity if unknown. Node raises its own limit to the maximum at startup. */
export function descriptorLimit(): number {
  return fromProc() ?? fromShell() ?? Number.POSITIVE_INFINITY;
}

function fromProc(): number | undefined {
  try {
    const [, limit] = /^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'utf8')) ?? [];
    return limit === undefined ? undefined : Number(limit);
  } catch {
    return undefined;
  }
}

function fromShell(): number | undefined {
  try {
    const limit = Number(execFileSync('sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }));
    return Number.isNaN(limit) ? undefined : limit;
  } catch {
    return undefined;
  }
}
