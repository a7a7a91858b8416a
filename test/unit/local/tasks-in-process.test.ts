/** Background tasks in this process: what happens to a task that fails, or that a stop or a crash interrupts. */
import { UnavailableError } from '../../../lambdas/ports/errors';
import type { Task, TaskContext } from '../../../lambdas/ports/tasks';
import type { TaskRunner } from '../../../local/tasks-in-process';
import { TasksInProcess } from '../../../local/tasks-in-process';
import { newFolder, openStores, removeFolders } from '../../support/data-folder';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingLog } from '../../support/fakes';

afterAll(removeFolders);

const respond: Task = { task: 'respond' };
const segment: Task = { task: 'broadcast_segment' };
const welcome: Task = { task: 'welcome' };
const presence: Task = { task: 'presence' };

function setUp(
  run: (tries: number, context: TaskContext) => Promise<void>,
  records?: ConstructorParameters<typeof TasksInProcess>[2],
) {
  const told = { runs: [] as (boolean | undefined)[], failures: 0 };
  async function giveUp(): Promise<void> {
    told.failures += 1;
  }

  const runner: TaskRunner = {
    async run(_, context) {
      told.runs.push(context.isRetry);
      await run(told.runs.length, context);
    },
    hasToEnd: ({ task }) => task === 'respond' || task === 'broadcast_segment',
    isRetried: ({ task }) => task === 'presence',
    failed: ({ task }) => (task === 'respond' ? giveUp : undefined),
  };
  const log = createRecordingLog();
  const clock = createFakeClock();
  return { told, log, clock, tasks: new TasksInProcess(runner, log, records, clock) };
}

const fail = () => Promise.reject(new Error('no luck'));

test('a task that must end is tried three times, then given up', async () => {
  const { told, tasks, log } = setUp(fail);
  await tasks.start(respond);
  await tasks.idle();
  expect(told).toEqual({ runs: [false, true, true], failures: 1 });
  expect(log.errors).toHaveLength(3);
});

test('a reply is known from the start of its task to the end of its retries', async () => {
  const known: boolean[] = [];
  const { tasks } = setUp(async (tries) => {
    known.push(tasks.isReplying('r-1'), tasks.isReplying('r-2'));
    if (tries < 3) await fail();
  });
  const reply = { task: 'respond', replyId: 'r-1' } as const;
  await tasks.start(reply);
  known.push(tasks.isReplying('r-1'));
  await tasks.idle();
  expect(known).toEqual([true, true, false, true, false, true, false]);
  expect(tasks.isReplying('r-1')).toBe(false);
});

test('giving up is retried if it fails too, as in an outage of the store', async () => {
  const runner: TaskRunner = { run: fail, hasToEnd: () => true, isRetried: () => false, failed: () => giveUp };
  let tries = 0;
  async function giveUp(): Promise<void> {
    tries += 1;
    if (tries < 5) await fail();
  }
  const clock = createFakeClock();
  const tasks = new TasksInProcess(runner, createRecordingLog(), undefined, clock);
  await tasks.start(respond);
  await tasks.idle();
  expect(tries).toBe(5);
  expect(clock.slept).toEqual([1_000, 10_000, 30_000, 30_000, 30_000, 30_000, 30_000]);
});

test('any other task is tried once', async () => {
  const { told, tasks } = setUp(fail);
  await tasks.start(welcome);
  await tasks.idle();
  expect(told).toEqual({ runs: [false], failures: 0 });
});

test('presence is tried three times, with longer waits, and then given up silently', async () => {
  const { told, tasks, log, clock } = setUp(fail);
  await tasks.start(presence);
  await tasks.idle();
  for (const [wait, runs] of [
    [999, 1],
    [1, 2],
    [9_999, 2],
    [1, 3],
    [60_000, 3],
  ] as const) {
    clock.advance(wait);
    await tasks.idle();
    expect(told.runs).toHaveLength(runs);
  }
  expect(told).toEqual({ runs: [false, true, true], failures: 0 });
  expect([log.errors.length, tasks.count]).toEqual([3, 0]);
});

test('a stop does not wait for a retry of presence, and cancels it', async () => {
  const { told, tasks, clock } = setUp(fail);
  await tasks.start(presence);
  await tasks.idle();
  expect(tasks.count).toBe(1);
  await tasks.stop(60_000);
  clock.advance(60_000);
  await tasks.idle();
  expect([told.runs.length, tasks.count]).toEqual([1, 0]);
});

test('a successful retry ends the task', async () => {
  const { told, tasks } = setUp((tries) => (tries < 2 ? fail() : Promise.resolve()));
  await tasks.start(respond);
  await tasks.idle();
  expect(told).toEqual({ runs: [false, true], failures: 0 });
});

test('a task that must end but has no failure handler is tried three times', async () => {
  const { told, tasks, log } = setUp(fail);
  await tasks.start(segment);
  await tasks.idle();
  expect(told).toEqual({ runs: [false, true, true], failures: 0 });
  expect(log.errors).toHaveLength(3);
});

test('in memory, a stop refuses tasks that must end and skips the others', async () => {
  const { told, tasks } = setUp(() => Promise.resolve());
  await tasks.stop(0);
  for (const task of [respond, segment]) await expect(tasks.start(task)).rejects.toThrow(UnavailableError);
  await tasks.start(welcome);
  await tasks.idle();
  expect(told.runs).toEqual([]);
});

test('on disk, a task started during a stop runs in the next process', async () => {
  const folder = newFolder();
  const first = await openStores(folder);
  const before = setUp(() => Promise.resolve(), first.tasks);
  await before.tasks.stop(0);
  for (const task of [respond, segment, welcome]) await before.tasks.start(task);
  expect(before.told.runs).toEqual([]);
  await first.close();

  const second = await openStores(folder);
  const after = setUp(() => Promise.resolve(), second.tasks);
  after.tasks.resume();
  await after.tasks.idle();
  expect(after.told).toEqual({ runs: [true, true], failures: 0 });
  await second.close();
});

/** Runs until the stop. */
const untilStop = async (_: number, { getRemainingTimeInMillis }: TaskContext) => {
  while (getRemainingTimeInMillis() > 0) await new Promise((resolve) => setTimeout(resolve, 1));
  throw new Error('stopped');
};

test('in memory, a task interrupted by a stop is given up before the process ends', async () => {
  const { told, tasks, log } = setUp(untilStop);
  await tasks.start(respond);
  await tasks.stop(3_000);
  expect(told.failures).toBe(1);
  expect(log.errors).toEqual([]);
});

test('on disk, a task interrupted by a stop is retried in the next process', async () => {
  const folder = newFolder();
  const first = await openStores(folder);
  const before = setUp(untilStop, first.tasks);
  await before.tasks.start(respond);
  await before.tasks.stop(3_000);
  expect(before.told.failures).toBe(0);
  await first.close();

  const second = await openStores(folder);
  const after = setUp(() => Promise.resolve(), second.tasks);
  after.tasks.resume();
  await after.tasks.idle();
  expect(after.told).toEqual({ runs: [true], failures: 0 });
  await second.close();

  const third = await openStores(folder);
  expect(third.tasks.left).toEqual([]);
  await third.close();
});

test('on disk, a task that kills its process every time is given up by the fourth process', async () => {
  const folder = newFolder();
  let stores = await openStores(folder);
  await stores.tasks.add(respond);
  await stores.close();
  for (const tries of [1, 2, 3]) {
    stores = await openStores(folder);
    expect(stores.tasks.left).toMatchObject([{ task: respond, tries }]);
    if (tries < 3) await stores.close(); // a crash: nothing has finished
  }
  const { told, tasks } = setUp(() => Promise.resolve(), stores.tasks);
  tasks.resume();
  await tasks.idle();
  expect(told).toEqual({ runs: [], failures: 1 });
  await stores.close();
});
