/** Loaded into each server before its own program: tells the bench what the process uses, when asked. */

export interface Usage {
  /** Microseconds of processor time since the start. */
  cpu: number;
  /** Bytes after a collection. */
  rss: number;
  heap: number;
}

export type ProbeRequest = 'cpu' | 'memory';

process.on('message', (request: ProbeRequest) => {
  if (request === 'memory') for (const _ of [1, 2]) global.gc?.(); // the second frees what finalizers held
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.send?.({ cpu: user + system, rss, heap: heapUsed + external } satisfies Usage);
});
process.on('disconnect', () => process.exit(1)); // the bench has ended without a word
