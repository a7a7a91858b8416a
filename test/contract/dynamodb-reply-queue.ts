/** The queue of replies on a DynamoDB: how many of a client run, which are next, and what it costs. */
import { createDynamoReplyQueue } from '../../lambdas/aws/dynamodb-reply-queue';
import type { ReplyTask } from '../../lambdas/ports/reply-queue';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { recordCommands } from '../support/record-commands';

const MAX = 2;

function taskOf(number: number, clientId = 'a'): ReplyTask {
  return { task: 'respond', clientId, replyId: `r-${number}`, at: `2026-01-01T00:00:${10 + number}.000Z` };
}

/** @param url  of the DynamoDB; asked for each test, as it starts after the suite is described */
export function describeDynamoReplyQueue(name: string, url: () => string): void {
  describe(`queue of replies ${name}`, () => {
    let tables: Awaited<ReturnType<typeof createTestTables>>;
    let queue: ReturnType<typeof createDynamoReplyQueue>;
    const clock = createFakeClock();
    let started: ReplyTask[];
    const start = async (task: ReplyTask) => void started.push(task);

    beforeEach(async () => {
      tables = await createTestTables(url());
      queue = createDynamoReplyQueue({ ...tables, clock });
      started = [];
    });
    afterEach(() => tables.close());

    test('of 20 concurrent replies of a client as many enter as have a slot', async () => {
      const numbers = Array.from({ length: 20 }, (_, number) => number);
      const entered = await Promise.all(numbers.map((number) => queue.enter(taskOf(number), MAX)));
      expect(entered.filter(Boolean)).toHaveLength(MAX);
    });

    test('another client has slots of its own', async () => {
      for (let number = 0; number < 3; number++) await queue.enter(taskOf(number), MAX);
      expect(await queue.enter(taskOf(0, 'b'), MAX)).toBe(true);
    });

    test('a further run of a reply uses the slot that it has', async () => {
      await queue.enter(taskOf(1), MAX);
      await queue.enter(taskOf(2), MAX);
      expect(await queue.enter(taskOf(1), MAX)).toBe(true);
      await queue.leave(taskOf(1), start);
      expect(await queue.enter(taskOf(3), MAX)).toBe(true);
      expect(await queue.enter(taskOf(4), MAX)).toBe(false);
    });

    test('those that wait start one by one in order, each once', async () => {
      for (const number of [1, 2, 4, 3]) await queue.enter(taskOf(number), MAX);
      await queue.leave(taskOf(1), start);
      expect(started).toEqual([taskOf(3)]);
      expect(await queue.enter(taskOf(3), MAX)).toBe(true);
      await queue.leave(taskOf(2), start);
      await queue.leave(taskOf(3), start);
      expect(started).toEqual([taskOf(3), taskOf(4)]);
    });

    test('replies that leave at once start different ones', async () => {
      for (const number of [1, 2, 3, 4]) await queue.enter(taskOf(number), MAX);
      await Promise.all([queue.leave(taskOf(1), start), queue.leave(taskOf(2), start)]);
      expect(started.map(({ replyId }) => replyId).sort()).toEqual(['r-3', 'r-4']);
    });

    test('one that starts and finds no slot waits again in its place', async () => {
      for (const number of [1, 2, 3]) await queue.enter(taskOf(number), MAX);
      await queue.leave(taskOf(1), async (next) => {
        await queue.enter(taskOf(5), MAX); // takes the free slot first
        expect(await queue.enter(next, MAX)).toBe(false);
      });
      await queue.enter(taskOf(4), MAX);
      await queue.leave(taskOf(2), start);
      expect(started).toEqual([taskOf(3)]);
    });

    test('one whose start failed is started later', async () => {
      for (const number of [1, 2, 3]) await queue.enter(taskOf(number), MAX);
      await expect(queue.leave(taskOf(1), () => Promise.reject(new Error('no Lambda')))).rejects.toThrow('no Lambda');
      await queue.leave(taskOf(1), start);
      expect(started).toEqual([taskOf(3)]);
    });

    test('a slot whose reply never leaves is free after two hours', async () => {
      for (const number of [1, 2]) await queue.enter(taskOf(number), MAX);
      clock.advance(7_199_000);
      expect(await queue.enter(taskOf(3), MAX)).toBe(false);
      clock.advance(1_000);
      expect(await queue.enter(taskOf(4), MAX)).toBe(true);
    });

    test('a reply that need not wait costs two writes and a query', async () => {
      const commands = recordCommands(tables.client);
      await queue.enter(taskOf(1), MAX);
      await queue.leave(taskOf(1), start);
      expect(commands).toEqual(['UpdateItemCommand', 'UpdateItemCommand', 'QueryCommand']);
    });
  });
}
