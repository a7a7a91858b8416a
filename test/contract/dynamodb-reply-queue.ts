/** The queue of replies on DynamoDB: how many replies of a client run, which start next, and the cost. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createDynamoReplyQueue } from '../../lambdas/aws/dynamodb-reply-queue';
import { type ReplyTask, WAITING_SECONDS } from '../../lambdas/ports/reply-queue';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { recordCommands } from '../support/record-commands';

const MAX = 2;

function taskOf(number: number, clientId = 'a'): ReplyTask {
  return { task: 'respond', clientId, replyId: `r-${number}`, at: `2026-01-01T00:00:${10 + number}.000Z` };
}

/** @param url  of the DynamoDB; called in each test, because it starts after the suite has been defined */
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

    test('of 20 concurrent replies of a client, as many enter as there are slots', async () => {
      const numbers = Array.from({ length: 20 }, (_, number) => number);
      const entered = await Promise.all(numbers.map((number) => queue.enter(taskOf(number), MAX)));
      expect(entered.filter(Boolean)).toHaveLength(MAX);
    });

    test('each client has its own slots', async () => {
      for (let number = 0; number < 3; number++) await queue.enter(taskOf(number), MAX);
      expect(await queue.enter(taskOf(0, 'b'), MAX)).toBe(true);
    });

    test('a further run of a reply keeps its slot', async () => {
      await queue.enter(taskOf(1), MAX);
      await queue.enter(taskOf(2), MAX);
      expect(await queue.enter(taskOf(1), MAX)).toBe(true);
      await queue.leave(taskOf(1), start);
      expect(await queue.enter(taskOf(3), MAX)).toBe(true);
      expect(await queue.enter(taskOf(4), MAX)).toBe(false);
    });

    test('waiting replies start one by one in order, each once', async () => {
      for (const number of [1, 2, 4, 3]) await queue.enter(taskOf(number), MAX);
      await queue.leave(taskOf(1), start);
      expect(started).toEqual([taskOf(3)]);
      expect(await queue.enter(taskOf(3), MAX)).toBe(true);
      await queue.leave(taskOf(2), start);
      await queue.leave(taskOf(3), start);
      expect(started).toEqual([taskOf(3), taskOf(4)]);
    });

    test('replies that leave simultaneously start different ones', async () => {
      for (const number of [1, 2, 3, 4]) await queue.enter(taskOf(number), MAX);
      await Promise.all([queue.leave(taskOf(1), start), queue.leave(taskOf(2), start)]);
      expect(started.map(({ replyId }) => replyId).sort()).toEqual(['r-3', 'r-4']);
    });

    test('a reply that starts but finds no slot keeps its place in the queue', async () => {
      for (const number of [1, 2, 3]) await queue.enter(taskOf(number), MAX);
      await queue.leave(taskOf(1), async (next) => {
        await queue.enter(taskOf(5), MAX); // takes the free slot first
        expect(await queue.enter(next, MAX)).toBe(false);
      });
      await queue.enter(taskOf(4), MAX);
      await queue.leave(taskOf(2), start);
      expect(started).toEqual([taskOf(3)]);
    });

    test('a reply that could not be started is started later', async () => {
      for (const number of [1, 2, 3]) await queue.enter(taskOf(number), MAX);
      await expect(queue.leave(taskOf(1), () => Promise.reject(new Error('no Lambda')))).rejects.toThrow('no Lambda');
      await queue.leave(taskOf(1), start);
      expect(started).toEqual([taskOf(3)]);
    });

    test('the slot of a reply that never leaves is free after two hours', async () => {
      for (const number of [1, 2]) await queue.enter(taskOf(number), MAX);
      clock.advance(7_199_000);
      expect(await queue.enter(taskOf(3), MAX)).toBe(false);
      clock.advance(1_000);
      expect(await queue.enter(taskOf(4), MAX)).toBe(true);
    });

    test('a reply that has waited a day is not deleted: its client has to be told', async () => {
      for (const number of [1, 2, 3]) await queue.enter(taskOf(number), MAX);
      const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.messagesTable }));
      const waiting = Items.find(({ sort_key }) => String(sort_key).startsWith('waiting#'));
      expect(waiting?.expires_at).toBeGreaterThan(clock.now() / 1_000 + WAITING_SECONDS);
    });

    test('a reply that does not wait costs two writes and a query', async () => {
      const commands = recordCommands(tables.client);
      await queue.enter(taskOf(1), MAX);
      await queue.leave(taskOf(1), start);
      expect(commands).toEqual(['UpdateItemCommand', 'UpdateItemCommand', 'QueryCommand']);
    });
  });
}
