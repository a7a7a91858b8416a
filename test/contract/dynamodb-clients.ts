/** The contract of clients on DynamoDB, and what is specific to DynamoDB: items, calls, pages. */
import { GetCommand, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { createTables } from '../../lambdas/aws/create-tables';
import { createDynamoClients } from '../../lambdas/aws/dynamodb-clients';
import { ONLINE_INDEX } from '../../lambdas/aws/tables';
import { EVERYBODY } from '../../lambdas/ports/client-store';
import { type Awaitable, isoTime } from '../../lambdas/ports/runtime';
import { SESSION_TTL_SECONDS } from '../../lambdas/protocol/limits';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { loseNextAnswer } from '../support/lose-answer';
import { recordCommands } from '../support/record-commands';
import { describeClientStore } from './client-store';
import { HISTORY_SECONDS, RATE_LIMIT } from './under-test';

/** @param url  of the DynamoDB; called in each test, because it starts after the suite has been defined */
export function describeDynamoClients(name: string, url: () => string): void {
  async function create() {
    const tables = await createTestTables(url());
    const clock = createFakeClock();
    const store = createDynamoClients({ ...tables, historySeconds: HISTORY_SECONDS, rateLimit: RATE_LIMIT, clock });
    return { store, clock, tables, close: async () => tables.close() };
  }

  describeClientStore(name, create);

  describe(`items of clients ${name}`, () => {
    let made: Awaited<ReturnType<typeof create>>;

    beforeEach(async () => {
      made = await create();
    });
    afterEach(() => made.close());

    function connectionOf(clientId: string) {
      return { clientId, connectionId: 'c-1', connectedAt: isoTime(made.clock.now()), labels: ['acme'] };
    }

    async function item() {
      const { tables } = made;
      const get = new GetCommand({ TableName: tables.clientsTable, Key: { client_id: 'a' } });
      return (await tables.client.send(get)).Item;
    }

    test('an online client is one item, which outlives its session and its history', async () => {
      const { clock, store } = made;
      clock.advance(999);
      await store.connect(connectionOf('a'));
      expect(await item()).toEqual({
        client_id: 'a',
        online_id: 'a',
        owner_key: expect.stringMatching(/^\d+#acme$/),
        connection_id: 'c-1',
        connected_at: isoTime(clock.now()),
        labels: ['acme'],
        last_activity: isoTime(clock.now()),
        message_count: 0,
        epoch: expect.stringMatching(/^[0-9a-z]{13}$/),
        out_seq: 0,
        used_up_at: clock.now(),
        session_ends_at: Math.floor(clock.now() / 1_000) + SESSION_TTL_SECONDS,
        expires_at: Math.floor(clock.now() / 1_000) + HISTORY_SECONDS + 86_400,
      });
    });

    test.each([
      ['durable', 1],
      ['deferred', 0],
    ] as const)('a %s message whose update is repeated after a lost response is new', async (kind, seq) => {
      const { store, tables, clock } = made;
      const at = isoTime(clock.now());
      const marks = { sent: { sender: 's', number: 1 } };
      const { position } = await store.connect(connectionOf('a'));
      const answers = loseNextAnswer(tables.client);
      const receipt = await store.receive(connectionOf('a'), at, kind, marks);
      expect(answers()).toBeGreaterThan(1);
      expect(receipt.position).toEqual({ ...position, seq });
      expect(receipt.repeat).toBeUndefined();
      expect(await item()).toMatchObject({ message_count: 1, out_seq: seq });
      const again = await store.receive(connectionOf('a'), at, kind, marks);
      expect(again.repeat).toEqual({ position: { ...position, seq }, takenAt: clock.now() });
    });

    test('a takeover whose update is repeated belongs to this call', async () => {
      const { store, tables, clock } = made;
      const sent = { sender: 's', number: 1 };
      await store.connect(connectionOf('a'));
      await store.receive(connectionOf('a'), isoTime(clock.now()), 'deferred', { sent });
      const takenAt = clock.now();
      clock.advance(1);
      loseNextAnswer(tables.client);
      expect(await store.takeOver('a', sent, takenAt)).toMatchObject({ seq: 2 }); // the first attempt took 1
      expect(await store.takeOver('a', sent, takenAt)).toBeUndefined();
    });

    test('an offline client keeps its counters, and no attribute that would put it into the index', async () => {
      const { store } = made;
      await store.connect(connectionOf('a'));
      await store.receive(connectionOf('a'), isoTime(made.clock.now()), 'durable');
      await store.disconnect('a', 'c-1');
      const left = await item();
      expect(left).toMatchObject({ out_seq: 1, message_count: 1, ended_connection: 'c-1' });
      expect(left).not.toHaveProperty('online_id');
      expect(left).not.toHaveProperty('owner_key');
      expect(left).not.toHaveProperty('connection_id');
    });

    test('the index only contains online clients, and no attributes that a message changes', async () => {
      const { store, tables } = made;
      await store.connect(connectionOf('a'));
      await store.connect(connectionOf('b'));
      await store.receive(connectionOf('a'), isoTime(made.clock.now()), 'durable');
      await store.disconnect('b', 'c-1');
      const scan = new ScanCommand({ TableName: tables.clientsTable, IndexName: ONLINE_INDEX });
      const { Items } = await tables.client.send(scan);
      expect(Items).toEqual([
        {
          client_id: 'a',
          online_id: 'a',
          connection_id: 'c-1',
          connected_at: isoTime(made.clock.now()),
          labels: ['acme'],
          session_ends_at: expect.any(Number),
        },
      ]);
    });

    test('each event makes the calls in the budget', async () => {
      const { store, clock, tables } = made;
      const commands = recordCommands(tables.client);
      const callsOf = async (event: Awaitable<unknown>) => {
        await event;
        return commands.splice(0).sort();
      };
      const connection = connectionOf('a');
      const at = isoTime(clock.now());
      expect(await callsOf(store.connect(connection))).toEqual(['UpdateItemCommand']);
      expect(await callsOf(store.receive(connection, at, 'durable'))).toEqual(['UpdateItemCommand']);
      expect(await callsOf(store.startPush('a'))).toEqual(['UpdateItemCommand']);
      expect(await callsOf(store.get('a'))).toEqual(['GetItemCommand']);
      expect(await callsOf(store.getMany(['a', 'b']))).toEqual(['BatchGetItemCommand']);
      expect(await callsOf(store.list(EVERYBODY, { limit: 10 }))).toEqual(['ScanCommand']);
      expect(await callsOf(store.list({ kind: 'label', label: 'acme' }, { limit: 10 }))).toEqual(['ScanCommand']);
      const owned = await callsOf(store.list({ kind: 'owner', label: 'acme' }, { limit: 10 }));
      expect([...new Set(owned)]).toEqual(['QueryCommand']);
      expect(await callsOf(store.markGone('a', 'c-1'))).toEqual(['UpdateItemCommand']);
      expect(await callsOf(store.receive(connection, at, 'durable'))).toEqual(['UpdateItemCommand']);
      expect(await callsOf(store.disconnect('a', 'c-1'))).toEqual(['UpdateItemCommand']);
    });

    test.each([
      ['at', 1],
      ['at half', 2],
    ])('a message %s the rate costs at most 1.1 writes on average', async (_, pause) => {
      const { store, clock, tables } = made;
      const connection = connectionOf('a');
      await store.connect(connection);
      const commands = recordCommands(tables.client);
      const messages = 1_000; // then 1.1 is five standard deviations above the average
      for (let count = 0; count < messages; count += 1) {
        clock.advance((pause * 1_000) / RATE_LIMIT.perSecond);
        const receipt = await store.receive(connection, isoTime(clock.now()), 'durable', { acked: count });
        expect(receipt.retryAfterMs).toBe(0);
      }
      expect(new Set(commands)).toEqual(new Set(['UpdateItemCommand']));
      expect(commands.length).toBeLessThanOrEqual(1.1 * messages);
    });

    test('a count continues after the end of a DynamoDB page, here after 2 items', async () => {
      const { store, tables } = made;
      const ids = Array.from({ length: 40 }, (_, index) => `client-${index}`);
      await Promise.all(ids.map((clientId) => store.connect(connectionOf(clientId))));
      tables.client.middlewareStack.add(
        (next) => (args) => next({ ...args, input: { ...args.input, Limit: 2 } as never }),
        { step: 'initialize', priority: 'high' },
      );
      const commands = recordCommands(tables.client);
      expect(await store.count()).toBe(40);
      expect(commands.length).toBeGreaterThanOrEqual(20);
    });

    test('a label that is not the first one is found with few reads of the index of online clients, and none of the table', async () => {
      const { store, tables } = made;
      const ids = Array.from({ length: 200 }, (_, index) => `client-${index}`);
      await Promise.all(ids.map((clientId) => store.connect(connectionOf(clientId))));
      await store.connect({ ...connectionOf('rare'), labels: ['acme', 'eu'] });
      const indexes: unknown[] = [];
      tables.client.middlewareStack.add(
        (next) => (args) => {
          indexes.push((args.input as { IndexName?: string }).IndexName);
          return next(args);
        },
        { step: 'initialize', priority: 'high' },
      );
      const { rows } = await store.list({ kind: 'label', label: 'eu' }, { limit: 1 });
      expect(rows.map(({ clientId }) => clientId)).toEqual(['rare']);
      expect(indexes.length).toBeLessThanOrEqual(5); // of 1, 4, 16, 64 and 256 items
      expect(await store.count({ kind: 'label', label: 'eu' })).toBe(1);
      expect([...new Set(indexes)]).toEqual([ONLINE_INDEX]);
    });

    test('existing tables are left unchanged', async () => {
      const { store, tables } = made;
      await store.connect(connectionOf('a'));
      await createTables(tables.plainClient, { clients: tables.clientsTable, messages: tables.messagesTable });
      expect(await store.count()).toBe(1);
    });
  });
}
