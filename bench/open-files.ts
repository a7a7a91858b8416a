/** How many connections a process of this shell can have. */
import { execFileSync } from 'node:child_process';

/** Files that a process has open in addition to its connections, with a margin. */
const BESIDE = 200;

/** Node raises its own limit to the maximum at startup, so only the hard limit counts. Infinite if there is none. */
export function connectionLimit(): number {
  try {
    const limit = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
    return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit - BESIDE;
  } catch {
    return Number.POSITIVE_INFINITY; // without such a shell there is no such limit
  }
}
