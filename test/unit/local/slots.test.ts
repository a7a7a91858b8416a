/** The semaphore for replies on a single machine. */
import { createSlots } from '../../../local/slots';

/** Lets promises settle. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

function setUp(max: number, maxPerKey: number) {
  const slots = createSlots(max, maxPerKey);
  const running: string[] = [];
  const leave = new Map<string, () => void>();
  return {
    slots,
    running,
    async enter(key: string, name: string) {
      void slots.enter(key).then((leaveSlot) => {
        running.push(name);
        leave.set(name, leaveSlot);
      });
      await settled();
    },
    async leave(name: string) {
      leave.get(name)?.();
      await settled();
    },
  };
}

test('one key gets at most its share, and others use the rest', async () => {
  const { slots, running, enter, leave } = setUp(4, 2);
  for (const name of ['a1', 'a2', 'a3', 'a4']) await enter('a', name);
  await enter('b', 'b1');
  expect(running).toEqual(['a1', 'a2', 'b1']);
  expect(slots.status()).toEqual({ running: 3, waiting: 2, max: 4 });
  await leave('a1');
  expect(running).toEqual(['a1', 'a2', 'b1', 'a3']);
});

test('waiting keys take turns', async () => {
  const { running, enter, leave } = setUp(1, 1);
  for (const name of ['a1', 'a2', 'a3']) await enter('a', name);
  await enter('b', 'b1');
  await enter('b', 'b2');
  for (const name of ['a1', 'a2', 'b1', 'a3', 'b2']) {
    expect(running.at(-1)).toBe(name);
    await leave(name);
  }
});

test('all slots are free at the end', async () => {
  const { slots, running, enter, leave } = setUp(2, 1);
  for (const name of ['a1', 'a2', 'b1', 'c1']) await enter(name.charAt(0), name);
  for (let index = 0; index < running.length; index++) await leave(running[index] as string);
  expect(running).toHaveLength(4);
  expect(slots.status()).toEqual({ running: 0, waiting: 0, max: 2 });
});
