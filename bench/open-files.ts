/** How many connections a process of this shell may hold. */
import { execFileSync } from 'node:child_process';

/** Files that a process has open beside its connections, and some to spare. */
const BESIDE = 200;

/** Node raises its own limit as far as it may when it starts, so that only the hard one counts. Infinite where there is none. */
export function connectionLimit(): number {
  try {
    const limit = Number(execFileSync('sh', ['-c', 'ulimit -Hn'], { encoding: 'utf8' }));
    return Number.isNaN(limit) ? Number.POSITIVE_INFINITY : limit - BESIDE;
  } catch {
    return Number.POSITIVE_INFINITY; // no such shell, no such limit
  }
}
