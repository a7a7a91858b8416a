/** The contract of calls on the stores in memory, whose waits are promises. */
import { createMemoryCalls } from '../../local/memory/memory-calls';
import { MemoryHistory } from '../../local/memory/memory-history';
import { createFakeClock } from '../support/fake-clock';
import { describeCallStore } from './call-store';
import { HISTORY_SECONDS } from './under-test';

const POSITION = { epoch: '0mk1f3k2a9f3c', seq: 1 };
const CANCELLED = { status: 'cancelled', by: 'run-1' } as const;

function create(historyPerClient = 1_000) {
  const clock = createFakeClock();
  const options = { clock, historySeconds: HISTORY_SECONDS };
  const history = new MemoryHistory({ ...options, historyPerClient, historyTotalBytes: 64 * 1_048_576 });
  return { store: createMemoryCalls({ ...options, history }), history, clock, close: async () => {} };
}

describeCallStore('in memory', async () => create());

async function createWithCall(historyPerClient?: number) {
  const made = create(historyPerClient);
  const call = { messageId: 'call-1', deadline: made.clock.now() + 60_000 };
  const timestamp = new Date(made.clock.now()).toISOString();
  const record = { direction: 'out', messageId: 'call-1', type: 'tool_call', data: {}, timestamp, size: 9 } as const;
  await made.history.put({ clientId: 'a', position: POSITION, records: [record], call });
  return { ...made, record };
}

describe('a wait in memory', () => {
  /** Whether a wait has ended, without waiting for it. */
  function watch(wait: Promise<unknown>) {
    const seen = { isOver: false };
    void wait.then(() => {
      seen.isOver = true;
    });
    return seen;
  }
  const turn = () => new Promise((resolve) => setImmediate(resolve));

  test('ends for all waiters when the call ends', async () => {
    const { store, clock } = await createWithCall();
    const waits = [1, 2, 3].map(() => watch(store.waitForEnd('a', POSITION, clock.now() + 20_000)));
    await store.setProgress('a', POSITION, { progress: 1 });
    await turn();
    expect(waits.map(({ isOver }) => isOver)).toEqual([false, false, false]);
    await store.end('a', POSITION, CANCELLED);
    await turn();
    expect(waits.map(({ isOver }) => isOver)).toEqual([true, true, true]);
    expect(clock.slept).toEqual([]);
  });

  test.each([
    ['the time is over', 20_000],
    ['the call expires', 90_000],
  ])('ends when %s', async (_, patience) => {
    const { store, clock } = await createWithCall();
    const wait = watch(store.waitForEnd('a', POSITION, clock.now() + patience));
    clock.advance(Math.min(patience, 60_000) - 1);
    await turn();
    expect(wait.isOver).toBe(false);
    clock.advance(1);
    await turn();
    expect(wait.isOver).toBe(true);
  });

  test('continues after the end of the hold if the client has received the call', async () => {
    const { store, history, clock, record } = await createWithCall();
    const position = { ...POSITION, seq: 2 };
    const call = { messageId: 'call-2', deadline: clock.now() + 10_000, answerBy: clock.now() + 60_000 };
    await history.put({ clientId: 'a', position, records: [record], call });
    const wait = watch(store.waitForEnd('a', position, clock.now() + 20_000));
    await store.handOver('a', position);
    clock.advance(10_000);
    await turn();
    expect(wait.isOver).toBe(false);
    await store.end('a', position, CANCELLED);
    await turn();
    expect(wait.isOver).toBe(true);
  });
});

test('the result of a call can be read although the client’s oldest messages, including the call, were dropped', async () => {
  const { store, history, record } = await createWithCall(2);
  await history.put({ clientId: 'a', position: { ...POSITION, seq: 2 }, records: [record] });
  const response = { ...record, direction: 'in', messageId: 'response-1', data: { result: 3 } } as const;
  const item = await store.end('a', POSITION, { status: 'completed', by: 'run-1' }, response);
  expect(item).toMatchObject({ call: { messageId: 'call-1', end: { by: 'run-1' } }, records: [response] });
});
