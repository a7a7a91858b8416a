/** Loaded into each server before its own program: reports the resources of the process on request. */
import { readFileSync } from 'node:fs';

export interface Usage {
  /** Processor time since the start in microseconds. */
  processor: number;
  /** In bytes; after a garbage collection if memory was requested. */
  rss: number;
  heap: number;
}

export type ProbeRequest = 'processor' | 'memory';

process.on('message', async (request: ProbeRequest) => {
  const { MEASURED_PID: pid, MEASURED_GC_URL: collect = '' } = process.env;
  if (pid !== undefined) {
    if (request === 'memory') for (const _ of [1, 2]) await fetch(collect).then((response) => response.arrayBuffer());
    return process.send?.(usageOf(pid));
  }
  if (request === 'memory') for (const _ of [1, 2]) global.gc?.(); // the second collects what the first only finalized
  const { user, system } = process.cpuUsage();
  const { rss, heapUsed } = process.memoryUsage();
  process.send?.({ processor: user + system, rss, heap: heapUsed } satisfies Usage);
});

/** For a server that is another program. */
function usageOf(pid: string): Usage {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  const [, kilobytes = '0'] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
  const ticks = Number(fields[11]) + Number(fields[12]); // user and system, in units of 10 ms
  return { processor: ticks * 10_000, rss: Number(kilobytes) * 1_024, heap: 0 };
}

process.on('disconnect', () => process.exit(1)); // the benchmark ended abruptly
