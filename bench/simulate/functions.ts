/** Lambda on the virtual clock: each task is its own invocation, which starts cold and has 15 minutes. */
import type { Task, Tasks } from '../../lambdas/ports/tasks';
import { createProcessor, type Processor } from './processor';
import { type Duration, drawTime, type Random } from './random';
import type { VirtualClock } from './virtual-clock';

/** Lambda's maximum duration of a function, in milliseconds. */
const TIMEOUT = 900_000;

/** From an asynchronous invocation to its start. */
export const QUEUED: Duration = { least: 20, mean: 60 };

/** The time in which a new container loads its code, which is charged like the rest. */
export const COLD_START: Duration = { least: 250, mean: 400 };

export type RunTask = (task: Task, processor: Processor, timeLeft: () => number) => Promise<void>;

export interface FunctionOptions {
  memoryMegabytes: number;
  /** Milliseconds of a core that a task spends per post, including all its other work. */
  coreMillisecondsAPost: number;
}

export interface Functions extends Tasks {
  tally: { invocations: number; milliseconds: number; longestMilliseconds: number };
  /** Resolves when all have ended; rejects if one failed. */
  ended(): Promise<void>;
}

export function createFunctions(
  clock: VirtualClock,
  random: Random,
  options: FunctionOptions,
  run: RunTask,
): Functions {
  const tally = { invocations: 0, milliseconds: 0, longestMilliseconds: 0 };
  const running: Promise<void>[] = [];

  async function invoke(task: Task): Promise<void> {
    await clock.sleep(drawTime(random, QUEUED));
    const coldAt = clock.now();
    await clock.sleep(drawTime(random, COLD_START));
    const startedAt = clock.now();
    const processor = createProcessor(clock, options.memoryMegabytes, options.coreMillisecondsAPost);
    await run(task, processor, () => TIMEOUT - (clock.now() - startedAt));
    const milliseconds = clock.now() - coldAt;
    tally.milliseconds += milliseconds;
    tally.longestMilliseconds = Math.max(tally.longestMilliseconds, milliseconds);
  }

  return {
    tally,
    async start(task) {
      tally.invocations += 1;
      running.push(invoke(task));
    },
    async ended() {
      for (const invocation of running) await invocation; // including those started meanwhile
    },
  };
}
