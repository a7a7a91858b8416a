/** The contract of calls on DynamoDB, and what is specific to DynamoDB: the cost of a call, and lost responses. */
import { createDynamoCalls } from '../../lambdas/aws/dynamodb-calls';
import { createDynamoHistory } from '../../lambdas/aws/dynamodb-history';
import type { HistoryRecord } from '../../lambdas/ports/history-store';
import { createTestTables } from '../support/dynamodb';
import { createFakeClock } from '../support/fake-clock';
import { loseNextAnswer } from '../support/lose-answer';
import { describeCallStore } from './call-store';
import { HISTORY_SECONDS } from './under-test';

const RECORD: HistoryRecord = {
  direction: 'out',
  messageId: 'call-1',
  type: 'tool_call',
  data: {},
  timestamp: '2099-01-01T00:00:00.000Z',
  size: 100,
};
const RESPONSE: HistoryRecord = { ...RECORD, direction: 'in', type: 'tool_response', messageId: 'response-1' };
const POSITION = { epoch: '0mk1f3k2a9f3c', seq: 1 };

/** @param url  of the DynamoDB; called in each test, because it starts after the suite has been defined */
export function describeDynamoCalls(name: string, url: () => string): void {
  async function create() {
    const tables = await createTestTables(url());
    const clock = createFakeClock();
    const options = { ...tables, clock, historySeconds: HISTORY_SECONDS };
    const history = createDynamoHistory(options);
    return { store: createDynamoCalls(options), history, clock, tables, close: async () => tables.close() };
  }

  describeCallStore(name, create);

  describe(`items of calls ${name}`, () => {
    async function createWithCall() {
      const made = await create();
      const call = { messageId: 'call-1', deadline: made.clock.now() + 60_000 };
      await made.history.put({ clientId: 'a', position: POSITION, records: [RECORD], call });
      const commands: string[] = [];
      made.tables.client.middlewareStack.add(
        (next, context) => async (args) => {
          commands.push(String(context.commandName));
          return next(args);
        },
        { step: 'finalizeRequest' },
      );
      return { ...made, commands };
    }

    test('a result is one update; a repeat is a refused update and a read', async () => {
      const { store, commands, close } = await createWithCall();
      await store.end('a', POSITION, { status: 'completed', by: 'run-1' }, RESPONSE);
      expect(commands.splice(0)).toEqual(['UpdateItemCommand']);
      await store.end('a', POSITION, { status: 'completed', by: 'run-2' }, RESPONSE);
      expect(commands).toEqual(['UpdateItemCommand', 'GetItemCommand']);
      await close();
    });

    test('progress is one update', async () => {
      const { store, commands, close } = await createWithCall();
      await store.setProgress('a', POSITION, { progress: 1 });
      expect(commands).toEqual(['UpdateItemCommand']);
      await close();
    });

    test('a wait reads a single item, less and less often, and ends with the call', async () => {
      const { store, commands, clock, close } = await createWithCall();
      await store.waitForEnd('a', POSITION, clock.now() + 5_000);
      expect(new Set(commands)).toEqual(new Set(['GetItemCommand']));
      expect(clock.slept).toEqual([
        60, 60, 60, 60, 60, 60, 60, 63, 72, 83, 96, 110, 127, 146, 168, 193, 222, 255, 293, 337, 388, 446, 513, 590,
        478,
      ]);
      commands.splice(0);
      await store.waitForEnd('a', POSITION, clock.now() + 60, true);
      expect(commands).toEqual(['GetItemCommand']);
      await store.end('a', POSITION, { status: 'cancelled', by: 'run-1' });
      commands.splice(0);
      await store.waitForEnd('a', POSITION, clock.now() + 5_000);
      expect(commands).toEqual(['GetItemCommand']);
      await close();
    });

    test('an end whose response is lost is repeated by the SDK, and belongs to this run', async () => {
      const { store, tables, close } = await createWithCall();
      loseNextAnswer(tables.client);
      const item = await store.end('a', POSITION, { status: 'completed', by: 'run-1' }, RESPONSE);
      expect(item?.call.end).toEqual({ status: 'completed', by: 'run-1' });
      await close();
    });
  });
}
