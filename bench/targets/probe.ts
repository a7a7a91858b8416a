/** Loaded into each server before its own program: tells the bench what the process uses, when asked. */

export interface Usage {
  /** Microseconds of processor time since the start. */
  processor: number;
  /** Bytes; after a collection where memory was asked for. */
  rss: number;
  heap: number;
}

export type ProbeRequest = 'processor' | 'memory';

process.on('message', (request: ProbeRequest) => {
  if (request === 'memory') for (const _ of [1, 2]) global.gc?.(); // the second takes what the first only finalized
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ processor: user + system, rss, heap: heapUsed } satisfies Usage);
});
process.on('disconnect', () => process.exit(1)); // the bench has ended without a word
