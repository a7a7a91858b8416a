/** The contract of history on DynamoDB, and what is specific to DynamoDB: items, calls, incomplete batches. */
import { ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createDynamoBroadcasts } from '../../lambdas/aws/dynamodb-broadcasts';
import { createDynamoHistory } from '../../lambdas/aws/dynamodb-history';
import type { HistoryItem, HistoryRecord, PlacedItem } from '../../lambdas/ports/history-store';
import { type Awaitable, isoTime } from '../../lambdas/ports/runtime';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { recordCommands } from '../support/record-commands';
import { broadcastOf, progressOf } from './broadcast-store';
import { describeHistoryStore } from './history-store';
import { HISTORY_SECONDS } from './under-test';

const THROTTLED = 'ProvisionedThroughputExceededException';
const EPOCH = '0lxyz00000000';

/** @param url  of the DynamoDB; called in each test, because it starts after the suite has been defined */
export function describeDynamoHistory(name: string, url: () => string): void {
  async function create() {
    const tables = await createTestTables(url());
    const clock = createFakeClock();
    const store = createDynamoHistory({ ...tables, historySeconds: HISTORY_SECONDS, clock });
    return { store, clock, tables, close: async () => tables.close() };
  }

  describeHistoryStore(name, create);

  describe(`items of history ${name}`, () => {
    let made: Awaited<ReturnType<typeof create>>;

    beforeEach(async () => {
      made = await create();
    });
    afterEach(() => made.close());

    function recordOf(messageId: string, size = 100): HistoryRecord {
      const timestamp = isoTime(made.clock.now());
      return { direction: 'in', messageId, type: 'chat_message', data: { content: 'hello' }, timestamp, size };
    }

    function itemOf(seq: number, ...records: HistoryRecord[]): PlacedItem {
      return { clientId: 'a', position: { epoch: EPOCH, seq }, records };
    }

    /** Copies of broadcasts. */
    function castsOf(count: number): HistoryItem[] {
      return Array.from({ length: count }, (_, index) => ({ clientId: 'a', records: [recordOf(`m-${index}`)] }));
    }

    async function stored() {
      const scan = new ScanCommand({ TableName: made.tables.messagesTable });
      return (await made.tables.client.send(scan)).Items ?? [];
    }

    /** From now on each batch leaves all but `most` of its items unprocessed, this many `times`. */
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

    test('an exchange is one item at its position, with its content as text and its expiry', async () => {
      const { clock, store } = made;
      const records = [recordOf('m-1'), recordOf('m-2')];
      await store.put(itemOf(17, ...records));
      expect(await stored()).toEqual([
        {
          client_id: 'a',
          sort_key: `seq#${EPOCH}#000000000017`,
          records: JSON.stringify(records),
          expires_at: clock.now() / 1_000 + HISTORY_SECONDS,
        },
      ]);
    });

    test('a copy of a broadcast is an item sorted by its time', async () => {
      await made.store.append([{ clientId: 'a', records: [recordOf('m-1')] }]);
      const [{ sort_key: key } = {}] = await stored();
      expect(key).toMatch(new RegExp(`^cast#${isoTime(made.clock.now())}#0000#[0-9a-f]{8}$`));
    });

    test('an exchange that expires between two pages is never returned in part', async () => {
      const { store, clock } = made;
      await store.put(itemOf(1, recordOf('m-1'), recordOf('m-2')));
      clock.advance(1);
      await store.put(itemOf(2, recordOf('m-3'), recordOf('m-4')));
      const first = await store.page('a', { limit: 3 });
      expect(first.rows).toHaveLength(3);
      clock.advance(HISTORY_SECONDS * 1_000 - 1);
      expect(await store.page('a', { limit: 3, cursor: first.cursor })).toEqual({ rows: [] });
    });

    test('two processes do not overwrite each other within a millisecond', async () => {
      const { clock, tables } = made;
      const options = { ...tables, historySeconds: HISTORY_SECONDS, clock };
      const processes = [0, 1, 2].map(() => createDynamoHistory(options));
      await Promise.all(processes.map((store) => store.append([{ clientId: 'a', records: [recordOf('m')] }])));
      expect((await made.store.page('a', { limit: 10 })).rows).toHaveLength(3);
    });

    test('each event makes the calls in the budget', async () => {
      const { store, tables } = made;
      const commands = recordCommands(tables.client);
      const callsOf = async (event: Awaitable<unknown>) => {
        await event;
        return commands.splice(0);
      };
      const position = { epoch: EPOCH, seq: 1 };
      expect(await callsOf(store.put(itemOf(1, recordOf('m-1'), recordOf('m-2'))))).toEqual(['PutItemCommand']);
      expect(await callsOf(store.get('a', position))).toEqual(['GetItemCommand']);
      expect(await callsOf(store.after('a', position, 120_000))).toEqual(['QueryCommand']);
      expect(await callsOf(store.reachesBackTo('a', position))).toEqual(['QueryCommand']);
      expect(await callsOf(store.void('a', { epoch: EPOCH, seq: 2 }))).toEqual(['PutItemCommand']);
      expect(await callsOf(store.append(castsOf(1)))).toEqual(['BatchWriteItemCommand']);
      expect(await callsOf(store.append(castsOf(50)))).toEqual(Array(2).fill('BatchWriteItemCommand'));
      expect(await callsOf(store.page('a', { limit: 10 }))).toEqual(Array(2).fill('QueryCommand'));
      expect(await callsOf(store.remove('a', position))).toEqual(['DeleteItemCommand']);
    });

    test('unprocessed items are retried as long as each batch writes something', async () => {
      const seen = cutBatchesShort(9, 1);
      const ten = castsOf(10);
      await made.store.append(ten);
      expect(seen.batches).toEqual([10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
      const { rows } = await made.store.page('a', { limit: 100 });
      expect(rows).toEqual(ten.flatMap(({ records }) => records).toReversed());
      expect(made.clock.slept.filter((wait) => !within(wait, 25, 50))).toEqual([]);
    });

    test('a batch that writes nothing is tried 6 times with growing waits, then fails', async () => {
      const seen = cutBatchesShort(Number.POSITIVE_INFINITY, 0);
      await expect(made.store.append(castsOf(10))).rejects.toThrow('10 items of history were not written');
      expect(seen.batches).toEqual(Array(6).fill(10));
      const waits = [50, 100, 200, 400, 800];
      expect(made.clock.slept.map((wait, index) => within(wait, (waits[index] ?? 0) / 2, waits[index] ?? 0))).toEqual(
        waits.map(() => true),
      );
    });

    test('large messages are written in small batches', async () => {
      const seen = cutBatchesShort(0, 0);
      const large = Array.from({ length: 20 }, (_, index) => ({
        clientId: `client-${index}`,
        records: [recordOf('m', 131_072)],
      }));
      await made.store.append(large);
      expect(seen.batches).toEqual(Array(10).fill(2));
    });

    test('any other error of a batch is not retried', async () => {
      made.tables.client.middlewareStack.add(
        () => async () => {
          throw new Error('refused');
        },
        { step: 'initialize' },
      );
      await expect(made.store.append(castsOf(1))).rejects.toThrow('refused');
      expect(made.clock.slept).toEqual([]);
    });

    test('a broadcast in the same table is not in any history', async () => {
      const { tables, clock, store } = made;
      const broadcasts = createDynamoBroadcasts({ ...tables, historySeconds: HISTORY_SECONDS, clock });
      await broadcasts.save(broadcastOf('b'));
      await broadcasts.checkpoint('b', 0, progressOf(1));
      expect(await store.page('broadcast#b', { limit: 10 })).toEqual({ rows: [] });
    });
  });
}

function within(value: number, least: number, most: number): boolean {
  return value >= least && value <= most;
}
