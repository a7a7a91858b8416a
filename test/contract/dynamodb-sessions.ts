/** The contract of sessions on a DynamoDB, and what is DynamoDB's alone: what an event costs, raw items, batches that are cut short. */
import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createDynamoBroadcasts } from '../../lambdas/broadcasts/dynamodb-broadcasts';
import { SESSION_TTL_SECONDS } from '../../lambdas/protocol/limits';
import { isoTime } from '../../lambdas/runtime';
import { createTables } from '../../lambdas/sessions/create-tables';
import { createDynamoSessions } from '../../lambdas/sessions/dynamodb-sessions';
import type { HistoryRecord } from '../../lambdas/sessions/session-store';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { broadcastOf, progressOf } from './broadcast-store';
import { describeSessionStore } from './session-store';
import { HISTORY_SECONDS } from './under-test';

const THROTTLED = 'ProvisionedThroughputExceededException';

/** @param url  of the DynamoDB; asked for each test, as it starts after the suite is described */
export function describeDynamoSessions(name: string, url: () => string): void {
  async function create() {
    const tables = await createTestTables(url());
    const clock = createFakeClock();
    const store = createDynamoSessions({ ...tables, historySeconds: HISTORY_SECONDS, clock });
    return { store, clock, tables, close: async () => tables.close() };
  }

  describeSessionStore(name, create);

  describe(`items ${name}`, () => {
    let made: Awaited<ReturnType<typeof create>>;

    beforeEach(async () => {
      made = await create();
    });
    afterEach(() => made.close());

    async function open(connectionId: string) {
      const now = isoTime(made.clock.now());
      await made.store.open({ clientId: 'a', connectionId, connectedAt: now, lastActivity: now, messageCount: 0 });
    }

    function records(count: number): HistoryRecord[] {
      return Array.from({ length: count }, (_, index) => ({
        clientId: 'a',
        direction: 'in',
        messageId: `m-${index}`,
        type: 'chat_message',
        data: { content: 'hello' },
        timestamp: isoTime(made.clock.now()),
        size: 100,
      }));
    }

    /** The commands that go out from now on, in order. */
    function recordCommands(): string[] {
      const commands: string[] = [];
      made.tables.client.middlewareStack.add(
        (next, context) => async (args) => {
          commands.push(String(context.commandName));
          return next(args);
        },
        { step: 'finalizeRequest' },
      );
      return commands;
    }

    /** From now on each batch is written but for `most` of its items, as often as `times` says. */
    function cutBatchesShort(times: number, most: number): { batches: number[] } {
      const seen = { batches: [] as number[] };
      const table = made.tables.messagesTable;
      made.tables.client.middlewareStack.add(
        (next) => async (args) => {
          // biome-ignore lint/suspicious/noExplicitAny: the stack is that of all commands; this looks for one.
          const input = args.input as any;
          const puts = input.RequestItems?.[table];
          if (!puts) return next(args);
          seen.batches.push(puts.length);
          if (seen.batches.length > times) return next(args);
          if (most === 0) throw Object.assign(new Error('at its limit'), { name: THROTTLED });
          const taken = { ...args, input: { RequestItems: { [table]: puts.slice(0, most) } } as never };
          const result = await next(taken);
          Object.assign(result.output, { UnprocessedItems: { [table]: puts.slice(most) } });
          return result;
        },
        { step: 'initialize', priority: 'high' },
      );
      return seen;
    }

    test('a session ends by itself a little after the platform would end its connection', async () => {
      const { clock, tables } = made;
      clock.advance(999);
      await open('c-1');
      const { Item } = await tables.client.send(
        new GetCommand({ TableName: tables.sessionsTable, Key: { client_id: 'a' } }),
      );
      expect(Item).toEqual({
        client_id: 'a',
        connection_id: 'c-1',
        connected_at: isoTime(clock.now()),
        last_activity: isoTime(clock.now()),
        message_count: 0,
        expires_at: Math.floor(clock.now() / 1_000) + SESSION_TTL_SECONDS,
      });
    });

    test('a message is an item with a key in the order of time, its content as text, and its end', async () => {
      const { clock, store, tables } = made;
      const [record] = records(1);
      await store.append(records(1));
      const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.messagesTable }));
      expect(Items).toEqual([
        {
          client_id: 'a',
          sort_key: expect.stringMatching(new RegExp(`^${isoTime(clock.now())}#0000#[0-9a-f]{8}$`)),
          records: expect.any(String),
          expires_at: clock.now() / 1_000 + HISTORY_SECONDS,
        },
      ]);
      expect(JSON.parse(Items[0]?.records)).toEqual([{ ...record, clientId: undefined }]);
    });

    test('an exchange is one item; messages of different clients are not', async () => {
      const { store, tables } = made;
      const [question, answer] = records(2) as [HistoryRecord, HistoryRecord];
      await store.append([question, answer, { ...question, clientId: 'b' }, answer]);
      const { Items = [] } = await tables.client.send(new ScanCommand({ TableName: tables.messagesTable }));
      const sizes = Items.map(({ client_id: clientId, records: text }) => [clientId, JSON.parse(text).length]);
      expect(sizes.sort()).toEqual([
        ['a', 1],
        ['a', 2],
        ['b', 1],
      ]);
    });

    test('a page may end inside an exchange that has ended by the next', async () => {
      const { store, clock } = made;
      await store.append(records(2));
      clock.advance(1);
      await store.append(records(2));
      const first = await store.history('a', { limit: 3 });
      expect(first.rows).toHaveLength(3);
      clock.advance(HISTORY_SECONDS * 1_000 - 1);
      expect(await store.history('a', { limit: 3, cursor: first.cursor })).toEqual({ rows: [] });
    });

    test('two processes write over nothing of each other in one millisecond', async () => {
      const { clock, tables } = made;
      const processes = [0, 1, 2].map(() =>
        createDynamoSessions({ ...tables, historySeconds: HISTORY_SECONDS, clock }),
      );
      await Promise.all(processes.map((store) => store.append(records(2))));
      expect((await made.store.history('a', { limit: 10 })).rows).toHaveLength(6);
    });

    test('each event costs what the design says', async () => {
      const { store, clock } = made;
      const commands = recordCommands();
      const costOf = async (event: Promise<unknown>) => {
        await event;
        return commands.splice(0).sort();
      };
      const at = isoTime(clock.now());
      expect(await costOf(open('c-1'))).toEqual(['PutItemCommand']);
      expect(await costOf(Promise.all([store.touch('a', 'c-1', at), store.append(records(2))]))).toEqual([
        'BatchWriteItemCommand',
        'UpdateItemCommand',
      ]);
      expect(await costOf(store.get('a'))).toEqual(['GetItemCommand']);
      expect(await costOf(store.append(records(60)))).toEqual(Array(2).fill('BatchWriteItemCommand'));
      expect(await costOf(store.close('a', 'c-1'))).toEqual(['DeleteItemCommand']);
    });

    test('what a batch left unwritten is written by the next, for as long as some of it is', async () => {
      const seen = cutBatchesShort(9, 1);
      const twenty = records(20); // ten items
      await made.store.append(twenty);
      expect(seen.batches).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
      expect((await made.store.history('a', { limit: 100 })).rows).toEqual(twenty.toReversed());
      expect(made.clock.slept.filter((wait) => !within(wait, 25, 50))).toEqual([]);
    });

    test('a batch of which nothing is taken is tried 6 times, after waits that grow, and fails then', async () => {
      const seen = cutBatchesShort(Number.POSITIVE_INFINITY, 0);
      await expect(made.store.append(records(20))).rejects.toThrow('left 10 messages unwritten and took no more');
      expect(seen.batches).toEqual(Array(6).fill(10));
      const waits = [50, 100, 200, 400, 800];
      expect(made.clock.slept.map((wait, index) => within(wait, (waits[index] ?? 0) / 2, waits[index] ?? 0))).toEqual(
        waits.map(() => true),
      );
    });

    test('a page of large messages is written in small batches, as each is in memory several times', async () => {
      const seen = cutBatchesShort(0, 0);
      const large = Array.from({ length: 20 }, (_, index) => ({
        ...(records(1)[0] as HistoryRecord),
        clientId: `client-${index}`,
        size: 131_072,
      }));
      await made.store.append(large);
      expect(seen.batches).toEqual(Array(10).fill(2));
    });

    test('a batch that fails otherwise is not tried again', async () => {
      made.tables.client.middlewareStack.add(
        () => async () => {
          throw new Error('refused');
        },
        { step: 'initialize' },
      );
      await expect(made.store.append(records(1))).rejects.toThrow('refused');
      expect(made.clock.slept).toEqual([]);
    });

    test('a count goes on where a page of DynamoDB ends, here after 2 items', async () => {
      const { store, clock, tables } = made;
      const at = isoTime(clock.now());
      const ids = Array.from({ length: 40 }, (_, index) => `client-${index}`);
      const session = { connectionId: 'c', connectedAt: at, lastActivity: at, messageCount: 0 };
      await Promise.all(ids.map((clientId) => store.open({ ...session, clientId })));
      tables.client.middlewareStack.add(
        (next) => (args) => next({ ...args, input: { ...args.input, Limit: 2 } as never }),
        { step: 'initialize', priority: 'high' },
      );
      const commands = recordCommands();
      expect(await store.count()).toBe(40);
      expect(commands.length).toBeGreaterThanOrEqual(20);
    });

    test('a broadcast in the same table is in no history', async () => {
      const { tables, clock, store } = made;
      const broadcasts = createDynamoBroadcasts({ ...tables, historySeconds: HISTORY_SECONDS, clock });
      await broadcasts.save(broadcastOf('b'));
      await broadcasts.checkpoint('b', 0, progressOf(1));
      expect(await store.history('broadcast#b', { limit: 10 })).toEqual({ rows: [] });
    });

    test('tables that are there already are left as they are', async () => {
      await open('c-1');
      await createTables(made.tables.plainClient, {
        sessions: made.tables.sessionsTable,
        messages: made.tables.messagesTable,
      });
      expect(await made.store.count()).toBe(1);
    });
  });
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}
