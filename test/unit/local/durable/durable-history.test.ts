/** A call whose result is not on disk yet, because the disk is slow or full. */
import type { CallState } from '../../../../lambdas/ports/call';
import type { HistoryRecord } from '../../../../lambdas/ports/history-store';
import type { DataFolder } from '../../../../local/durable/data-folder';
import { openDurableHistory } from '../../../../local/durable/durable-history';
import { Journal } from '../../../../local/durable/journal';
import { createFakeClock } from '../../../support/fake-clock';
import { createRecordingLog } from '../../../support/fakes';

const AT = { epoch: 'e', seq: 1 };

/** An empty folder. After `hold`, a commit ends only when the test ends it. */
function createFolder() {
  let held: Promise<void> | undefined;
  return {
    async *read() {},
    async commit() {
      await held;
    },
    async recover() {},
    hold() {
      let end = { succeed() {}, fail(_error: Error) {} };
      held = new Promise<void>((succeed, fail) => {
        end = { succeed, fail };
      });
      held.catch(() => {}); // it may fail before the commit begins
      return end;
    },
  };
}

async function prepare() {
  const clock = createFakeClock();
  const folder = createFolder();
  const journal = new Journal({ folder, log: createRecordingLog(), retryWait: 1 });
  const limits = { historySeconds: 60, historyPerClient: 100, historyTotalBytes: 1_048_576 };
  const { history, calls } = await openDurableHistory({ ...limits, clock }, folder as unknown as DataFolder, journal);
  const call: CallState = { messageId: 'call-1', deadline: clock.now() + 60_000 };
  await history.put({ clientId: 'a', position: AT, records: [recordOf('out', 'tool_call')], call });
  return { folder, journal, calls, until: clock.now() + 10_000 };
}

function recordOf(direction: HistoryRecord['direction'], type: string): HistoryRecord {
  return { direction, messageId: type, type, data: {}, timestamp: '2026-01-01T00:00:00.000Z', size: 10 };
}

const END = { status: 'completed', by: 'run-1' } as const;

test('a wait for a call ends only when the result is on disk', async () => {
  const { folder, journal, calls, until } = await prepare();
  const order: string[] = [];
  const waited = calls.waitForEnd('a', AT, until).then((item) => {
    order.push('waited');
    return item;
  });
  const disk = folder.hold();
  const ended = calls.end('a', AT, END, recordOf('in', 'tool_response'));
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
  order.push('on disk');
  disk.succeed();
  expect((await waited)?.call.end).toEqual(END);
  expect((await ended)?.call.end).toEqual(END);
  expect(order).toEqual(['on disk', 'waited']);
  await journal.close();
});

test('a wait for a call fails if the disk refuses the result', async () => {
  const { folder, journal, calls, until } = await prepare();
  const waited = calls.waitForEnd('a', AT, until);
  const disk = folder.hold();
  const ended = calls.end('a', AT, END, recordOf('in', 'tool_response'));
  disk.fail(new Error('no space left'));
  const outcomes = await Promise.allSettled([waited, ended]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await journal.close();
});
