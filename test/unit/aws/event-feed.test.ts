/** Records of the tables' streams become entries for EventBridge. */
import type { EventBridgeClient, PutEventsCommand, PutEventsRequestEntry } from '@aws-sdk/client-eventbridge';
import { marshall } from '@aws-sdk/util-dynamodb';
import type { DynamoDBRecord } from 'aws-lambda';
import { CloudEvent } from 'cloudevents';
import { createDynamoEventFeed } from '../../../lambdas/aws/dynamodb-event-feed';
import { createEventBridgeBus } from '../../../lambdas/aws/eventbridge-bus';
import { create } from '../../../lambdas/events/publish';
import type { BroadcastState } from '../../../lambdas/ports/broadcast-store';
import type { HistoryRecord } from '../../../lambdas/ports/history-store';
import { callIdOf } from '../../../lambdas/protocol/call-id';
import { EVENT_TYPES } from '../../../lambdas/protocol/event-types';
import { createRecordingLog } from '../../support/fakes';

const AT = '2026-11-28T12:00:00.000Z';
const EPOCH = '0mx0aaaaaabcd';
const COUNTS = { recipients: 2, delivered: 2, gone: 0, failed: 0 };

const online = {
  client_id: 'a',
  connection_id: 'R1kmxc2VNjMCFIA=',
  connected_at: AT,
  last_activity: AT,
  message_count: 0,
  labels: ['partner-a'],
  epoch: EPOCH,
  out_seq: 7,
};
const { connection_id: _, ...offline } = online;

function recordOf(eventName: 'INSERT' | 'MODIFY', item: object, before?: object, number = '1'): DynamoDBRecord {
  return {
    eventName,
    dynamodb: {
      SequenceNumber: number,
      ApproximateCreationDateTime: Date.parse(AT) / 1_000,
      Keys: {},
      NewImage: marshall(item) as never,
      ...(before && { OldImage: marshall(before) as never }),
    },
  };
}

function message(direction: 'in' | 'out', changes: Partial<HistoryRecord> = {}): HistoryRecord {
  const type = direction === 'in' ? 'chat_message' : 'chat_response';
  return {
    direction,
    messageId: `m-${direction}`,
    type,
    data: { content: 'Hello' },
    timestamp: AT,
    size: 80,
    ...changes,
  };
}

function itemOf(seq: number, records: HistoryRecord[], more: object = {}) {
  const sort_key = `seq#${EPOCH}#${String(seq).padStart(12, '0')}`;
  return { client_id: 'a', sort_key, records: JSON.stringify(records), expires_at: 4_000_000_000, ...more };
}

function prepare({ contents = false, refuse = () => false as boolean, finished = true, isOnline = true } = {}) {
  const calls: PutEventsRequestEntry[][] = [];
  const client = {
    async send({ input: { Entries = [] } }: PutEventsCommand) {
      calls.push(Entries);
      return { Entries: Entries.map(() => (refuse() ? { ErrorCode: 'InternalFailure' } : { EventId: 'x' })) };
    },
  };
  const state: BroadcastState = {
    broadcast: { broadcastId: 'b', messageId: 'm', startedAt: AT, audience: { kind: 'everybody' }, segments: 1 },
    progress: [{ ...COUNTS, pages: 1, finished, at: AT, run: 'r' }],
  };
  const eventFeed = createDynamoEventFeed({
    clients: {
      getMany: async () => (isOnline ? [{ ...onlineClient, lastActivity: AT, messageCount: 0, ackedSeq: 0 }] : []),
      labelsOf: async (clientId) => (clientId === 'a' ? ['partner-a'] : undefined),
    },
    broadcasts: { get: async () => state },
    types: new Set(EVENT_TYPES),
    contents,
    source: '/switchboard/Switchboard',
  });
  const eventBus = createEventBridgeBus(client as unknown as EventBridgeClient, 'bus');
  const publish = create({ eventFeed, eventBus, log: createRecordingLog() });
  const details = () => calls.flat().map(({ Detail = '' }) => JSON.parse(Detail));
  return { calls, details, publish: (...Records: DynamoDBRecord[]) => publish({ Records }) };
}

const onlineClient = {
  clientId: 'a',
  connectionId: 'c',
  connectedAt: AT,
  labels: ['partner-a'],
  position: { epoch: EPOCH, seq: 7 },
};

test('connecting, being replaced and leaving cause one event each', async () => {
  const { calls, details, publish } = prepare();
  const second = { ...online, connection_id: 'second' };
  await publish(recordOf('INSERT', online), recordOf('MODIFY', second, online), recordOf('MODIFY', offline, second));
  expect(calls[0]?.[0]).toMatchObject({ EventBusName: 'bus', Source: 'switchboard', DetailType: 'client.connected' });
  expect(details().map(({ type, data }) => [type, data])).toEqual([
    ['client.connected', { client_id: 'a', labels: ['partner-a'], connected_at: AT }],
    ['client.connected', { client_id: 'a', labels: ['partner-a'], connected_at: AT, replaced: true }],
    ['client.disconnected', { client_id: 'a', labels: ['partner-a'], connected_at: AT }],
  ]);
  expect(JSON.stringify(calls)).not.toContain('R1kmxc2VNjMCFIA');
});

test('other changes of a client are not events', async () => {
  const { calls, publish } = prepare();
  const { batchItemFailures } = await publish(recordOf('MODIFY', { ...online, out_seq: 8 }, online));
  expect([calls, batchItemFailures]).toEqual([[], []]);
});

test('an exchange, a push, a held push, a refusal, and the end of a call', async () => {
  const { details, publish } = prepare();
  const call = { call_message_id: 'm-out', deadline: 0 };
  const ended = { ...call, call_status: 'completed', call_response: JSON.stringify(message('in')) };
  await publish(
    recordOf('INSERT', itemOf(8, [message('in'), message('out', { replyTo: 'm-in' })])),
    recordOf('INSERT', itemOf(9, [message('out')], call)),
    recordOf('INSERT', itemOf(10, [message('out', { heldUntil: 1 })])),
    recordOf('INSERT', itemOf(11, [message('in'), message('out', { hidden: true })])),
    recordOf('MODIFY', itemOf(9, [message('out')], ended), itemOf(9, [message('out')], call)),
  );
  expect(details().map(({ type, data: { seq } }) => [type, seq])).toEqual([
    ['message.received', 8],
    ['message.delivered', 8],
    ['message.delivered', 9],
    ['message.received', 11],
    ['call.completed', undefined],
  ]);
  const call_id = callIdOf({ clientId: 'a', position: { epoch: EPOCH, seq: 9 } });
  expect(details().at(-1).data).toMatchObject({ call_id, status: 'completed', message_id: 'm-out' });
  expect(JSON.stringify(details())).not.toContain('Hello');
});

test('an event about an offline client has its labels', async () => {
  const { details, publish } = prepare({ isOnline: false });
  await publish(recordOf('INSERT', itemOf(8, [message('in'), message('out', { replyTo: 'm-in' })])));
  expect(details().map(({ data }) => data.labels)).toEqual([['partner-a'], ['partner-a']]);
});

test('the sequence numbers of a client sort in the order of its events, whichever table they come from', async () => {
  const { details, publish } = prepare();
  await publish(
    recordOf('MODIFY', offline, { ...online, last_activity: '2026-11-28T12:00:00.500Z' }),
    recordOf('INSERT', itemOf(7, [message('in'), message('out')])),
    recordOf('INSERT', online),
    recordOf('INSERT', itemOf(8, [message('in')])),
  );
  const sorted = details().toSorted((one, other) => (one.sequence < other.sequence ? -1 : 1));
  expect(sorted.map(({ type, data: { seq } }) => [type, seq])).toEqual([
    ['message.received', 7],
    ['message.delivered', 7],
    ['client.connected', undefined],
    ['client.disconnected', undefined],
    ['message.received', 8],
  ]);
});

test.each([true, false])('a broadcast whose segments have all finished: %s', async (finished) => {
  const { details, publish } = prepare({ finished });
  await publish(recordOf('INSERT', { client_id: 'broadcast#b', sort_key: 'segment#0', pages: 1 }));
  const { type, subject, data } = details()[0] ?? {};
  if (!finished) return expect(details()).toEqual([]);
  expect([type, subject]).toEqual(['broadcast.completed', 'b']);
  expect(data).toMatchObject(COUNTS);
});

test('a repeated record makes the same event, which is a valid CloudEvent', async () => {
  const { details, publish } = prepare({ contents: true });
  const record = recordOf('INSERT', itemOf(8, [message('in')]));
  await publish(record);
  await publish(record);
  const [first, second] = details();
  expect(second).toEqual(first);
  expect(new CloudEvent(first).validate()).toBe(true);
  expect(first.data.data).toEqual({ content: 'Hello' });
});

test('entries that the bus rejects are reported, and no entry before them', async () => {
  let entries = 0;
  const { publish } = prepare({ refuse: () => ++entries === 13 });
  const records = Array.from({ length: 20 }, (_, index) =>
    recordOf('INSERT', itemOf(index + 1, [message('in')]), undefined, String(index + 1)),
  );
  expect(await publish(...records)).toEqual({ batchItemFailures: [{ itemIdentifier: '13' }] });
});

test('calls stay within the limits of the bus, and an event that is too large goes without its contents', async () => {
  const { calls, details, publish } = prepare({ contents: true });
  const large = message('in', { data: { content: 'x'.repeat(120_000) } });
  const tooLarge = message('in', { data: { content: 'x'.repeat(270_000) } });
  await publish(...[large, large, large, tooLarge].map((one, index) => recordOf('INSERT', itemOf(index + 1, [one]))));
  for (const call of calls) {
    expect(call.length).toBeLessThanOrEqual(10);
    expect(call.reduce((sum, { Detail = '' }) => sum + Detail.length, 0)).toBeLessThanOrEqual(256 * 1_024);
  }
  expect(details()).toHaveLength(4);
  expect(details().at(-1).data).toMatchObject({ data_left_out: true, message_id: 'm-in' });
});
