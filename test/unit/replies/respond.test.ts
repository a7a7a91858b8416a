/** The respond task off the happy path: repeated runs, early ends, and clients that reconnect. */
import { NO_REPLY_QUEUE, type ReplyQueue, type ReplyTask } from '../../../lambdas/ports/reply-queue';
import type { ReplyStore } from '../../../lambdas/ports/reply-store';
import type { Responder } from '../../../lambdas/ports/responder';
import { newUuid, systemClock } from '../../../lambdas/ports/runtime';
import type { TaskContext } from '../../../lambdas/ports/tasks';
import { create as createFail } from '../../../lambdas/replies/fail';
import { create, type RespondDependencies } from '../../../lambdas/replies/respond';
import type { RespondTask } from '../../../lambdas/replies/respond-task';
import { createMemoryReplies } from '../../../local/memory/memory-replies';
import { createFakeClock } from '../../support/fake-clock';
import {
  connectionOf,
  createRecordingConnections,
  createRecordingLog,
  createTestClients,
  createTestHistory,
} from '../../support/fakes';
import { createScriptedResponder } from '../../support/scripted-responder';

const clientId = 'ada';
const context: TaskContext = { getRemainingTimeInMillis: () => 900_000 };

const hello: Responder = {
  model: 'hello',
  async *respond() {
    yield 'Hello';
    yield ' there';
  },
};

async function setUp(
  changes: Partial<RespondDependencies> = {},
  answer?: (id: string) => 'delivered' | 'gone' | Error,
) {
  const connections = createRecordingConnections(answer);
  const clients = createTestClients();
  await clients.connect(connectionOf(clientId));
  const clock = changes.clock ?? systemClock;
  const dependencies = {
    responder: hello,
    replySettings: { model: 'hello', seconds: 300, awaySeconds: undefined, failureText: 'Sorry.', maxPerClient: 4 },
    appSettings: {},
    clients,
    history: createTestHistory(),
    connections,
    replies: createMemoryReplies({ clock }),
    replyQueue: NO_REPLY_QUEUE,
    tasks: { start: async () => {} },
    secrets: { get: async (name: string) => name },
    deltaIntervalMs: 250,
    clock,
    newId: newUuid,
    log: createRecordingLog(),
    ...changes,
  };
  const frames = () =>
    connections.posts.map(({ frame }) => frame as unknown as { type: string; data: object; seq?: number });
  return { dependencies, respond: create(dependencies), frames, connections };
}

function task(changes: Partial<RespondTask> = {}): RespondTask {
  return {
    task: 'respond',
    replyId: 'reply-1',
    clientId,
    connection: connectionOf(clientId),
    text: JSON.stringify({ type: 'chat_message', data: { content: 'Hi', stream: true } }),
    at: new Date().toISOString(),
    messageId: 'q',
    ...changes,
  };
}

test('a second run begins with a snapshot whose index is above all those of the first', async () => {
  const { dependencies, respond, frames } = await setUp();
  await dependencies.replies.begin({ clientId, messageId: 'q' }, 'reply-1');
  await respond(task({ at: new Date(Date.now() - 60_000).toISOString() }), context);
  const [first, end] = frames();
  expect(first?.type).toBe('chat_delta');
  const { index, content } = (first?.data ?? {}) as { index: number; content: string };
  expect(index).toBeGreaterThanOrEqual(240);
  expect('Hello there'.startsWith(content)).toBe(true);
  expect(end).toMatchObject({ type: 'chat_response', data: { content: 'Hello there', status: 'completed' } });
});

test.each([0, 200])(
  'a run after one that stored its reply, %s messages ago, does not send a second reply',
  async (count) => {
    const { respond, frames, dependencies } = await setUp();
    const { clients, history } = dependencies;
    const after = (await clients.get(clientId))?.position;
    await respond(task({ after }), context);
    for (let number = 0; number < count; number++) {
      const record = { direction: 'out' as const, messageId: `push-${number}`, type: 'news', data: {}, size: 100_000 };
      const records = [{ ...record, timestamp: new Date().toISOString() }];
      await history.put({ clientId, position: await clients.takePosition(clientId), records });
    }
    const before = frames().length;
    await respond(task({ after }), context);
    expect(frames()).toHaveLength(before);
  },
);

test('a run after one whose reply was too large for a message does not send a second error', async () => {
  const responder: Responder = { model: 'large', respond: async () => 'x'.repeat(131_072) };
  const { respond, frames, dependencies } = await setUp({ responder });
  const after = (await dependencies.clients.get(clientId))?.position;
  for (let run = 1; run <= 2; run++) await respond(task({ after }), context);
  expect(frames().map(({ type }) => type)).toEqual(['error']);
});

test('the earlier of two concurrent runs stops and sends nothing', async () => {
  const responder = createScriptedResponder();
  const clock = createFakeClock(Date.now());
  const { respond, frames, dependencies } = await setUp({ responder, clock });
  const [one, other] = [respond(task(), context), respond(task(), context)];
  await responder.next();
  const second = await responder.next();
  clock.advance(1_000);
  await one;
  expect(dependencies.log).toMatchObject({ infos: ['reply_overtaken'] });
  second.say('Hello');
  second.end();
  await other;
  expect(frames().filter(({ type }) => type === 'chat_response')).toHaveLength(1);
});

test('a cancel handled shortly before its question ends the reply at once; an old cancel does not', async () => {
  const { respond, frames, dependencies } = await setUp();
  await dependencies.replies.cancel({ clientId, messageId: 'q' });
  await respond(task(), context);
  expect(frames()).toMatchObject([{ type: 'chat_response', data: { status: 'cancelled', content: '' } }]);
  await respond(task({ replyId: 'reply-2', at: new Date(Date.now() + 60_000).toISOString() }), context);
  expect(frames().at(-1)).toMatchObject({ type: 'chat_response', data: { status: 'completed' } });
});

test('a cancel that is only in the store is noticed by polling every 0.9 seconds', async () => {
  const responder = createScriptedResponder();
  const clock = createFakeClock(Date.now());
  const { onCancel, ...replies } = createMemoryReplies({ clock });
  let reads = 0;
  const counted: ReplyStore = {
    ...replies,
    get(key) {
      reads += 1;
      return replies.get(key);
    },
  };
  const { respond, frames } = await setUp({ responder, clock, replies: counted });
  const run = respond(task({ at: new Date(clock.now()).toISOString() }), context);
  const call = await responder.next();
  for (let look = 1; look <= 5; look++) {
    clock.advance(900);
    await new Promise((resolve) => setImmediate(resolve));
    expect(reads).toBe(look);
  }
  await counted.cancel({ clientId, messageId: 'q' });
  clock.advance(1_000);
  await run;
  expect(call.context.signal.aborted).toBe(true);
  expect(frames().at(-1)).toMatchObject({ data: { status: 'cancelled' } });
});

test('a reply that takes too long ends as failed, and its responder’s signal is aborted', async () => {
  const responder = createScriptedResponder();
  const clock = createFakeClock(Date.now());
  const { respond, frames } = await setUp({ responder, clock });
  const run = respond(task(), context);
  const call = await responder.next();
  clock.advance(300_000);
  await run;
  expect(call.context.signal.aborted).toBe(true);
  expect(frames().at(-1)).toMatchObject({ data: { status: 'failed', content: 'Sorry.' } });
});

test.each([
  [undefined, 'completed'],
  [30, 'cancelled'],
])('the reply to an offline client with a limit of %s seconds ends as %s', async (awaySeconds, status) => {
  const responder = createScriptedResponder();
  const clock = createFakeClock(Date.now());
  const replySettings = { model: 'm', seconds: 300, awaySeconds, failureText: undefined, maxPerClient: 4 };
  const { respond, dependencies } = await setUp({ responder, clock, replySettings });
  const run = respond(task(), context);
  const call = await responder.next();
  call.say('Hello');
  await dependencies.clients.disconnect(clientId, connectionOf(clientId).connectionId);
  for (let second = 0; second < 60; second++) {
    clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  call.end();
  await run;
  const { rows } = await dependencies.history.page(clientId, { limit: 1 });
  expect(rows[0]?.data).toMatchObject({ status, content: 'Hello' });
});

test('a run without time left fails, so that another one follows', async () => {
  const responder = createScriptedResponder();
  const clock = createFakeClock(Date.now());
  const { respond, frames } = await setUp({ responder, clock });
  const run = respond(task(), { getRemainingTimeInMillis: () => 0 });
  await responder.next();
  clock.advance(1_000);
  await expect(run).rejects.toThrow('this process ends');
  expect(frames().filter(({ type }) => type === 'chat_response')).toEqual([]);
});

test('a store that fails at the end fails the run, and the next run answers', async () => {
  const { respond, frames, dependencies } = await setUp();
  const { put } = dependencies.history;
  dependencies.history.put = () => Promise.reject(new Error('no store'));
  await expect(respond(task(), context)).rejects.toThrow('no store');
  dependencies.history.put = put.bind(dependencies.history);
  await respond(task(), context);
  expect(frames().filter(({ type }) => type === 'chat_response')).toHaveLength(1);
});

test('the end is posted to the newest connection if the original one is gone', async () => {
  const { respond, dependencies, connections } = await setUp({}, (id) => (id === 'newer' ? 'delivered' : 'gone'));
  await dependencies.clients.connect({
    ...connectionOf(clientId),
    connectionId: 'newer',
    connectedAt: new Date().toISOString(),
  });
  await respond(task(), context);
  const reached = connections.posts
    .filter(({ connectionId }) => connectionId === 'newer')
    .map(({ frame }) => frame.type);
  expect(reached.at(-1)).toBe('chat_response');
});

test('a reply that fails in every run ends as failed, once', async () => {
  const { dependencies, frames } = await setUp();
  const fail = createFail(dependencies);
  const after = (await dependencies.clients.get(clientId))?.position;
  await fail({ requestPayload: task({ after }) });
  await fail({ requestPayload: task({ after }) });
  expect(frames()).toMatchObject([
    {
      type: 'chat_response',
      data: { status: 'failed', content: 'Sorry.' },
      reply_to: 'q',
      message_id: 'reply-1',
      seq: 1,
    },
  ]);
});

test('a client’s history never reaches another client’s responder', async () => {
  const seen: string[][] = [];
  const responder: Responder = {
    model: 'history',
    async respond(_, { history }) {
      const rows = await history(100);
      seen.push(rows.map(({ data }) => String(data.content)));
      return 'noted';
    },
  };
  const { respond } = await setUp({ responder });
  const of = (id: string, content: string, replyId: string) =>
    task({
      clientId: id,
      connection: connectionOf(id),
      replyId,
      messageId: replyId,
      text: JSON.stringify({ type: 'chat_message', data: { content } }),
    });
  for (const [id, content] of [
    ['ada', 'secret of ada'],
    ['bob', 'secret of bob'],
    ['ada', 'again'],
    ['bob', 'again'],
  ] as const) {
    await respond(of(id, content, `${id}-${content}`), context);
  }
  expect(seen).toEqual([[], [], ['secret of ada', 'noted'], ['secret of bob', 'noted']]);
});

test.each([
  ['AWS', 250],
  ['one process', 40],
])('an answer of five minutes is sent completely, with the interval of %s', async (_, deltaIntervalMs) => {
  const clock = createFakeClock(Date.now());
  const words = Array.from({ length: 300 * 50 }, (_word, index) => `${index} `);
  const responder: Responder = {
    model: 'words',
    async *respond() {
      for (const word of words) {
        yield word;
        await new Promise((resolve) => setImmediate(resolve)); // posts end meanwhile
        clock.advance(20);
      }
    },
  };
  const { dependencies, frames } = await setUp({ clock, responder, deltaIntervalMs });
  dependencies.replySettings.seconds = 840;
  const begun = clock.now();
  await create(dependencies)(task({ at: new Date(begun).toISOString() }), context);
  expect(clock.now() - begun).toBe(300_000);
  const end = frames().at(-1);
  expect(end).toMatchObject({ type: 'chat_response', data: { status: 'completed', content: words.join('') } });
  const deltas = frames().slice(0, -1) as { data: { index: number; delta: string } }[];
  expect(deltas.map(({ data }) => data.index)).toEqual(deltas.map((_delta, index) => index));
  expect(deltas.length).toBeLessThanOrEqual(300_000 / deltaIntervalMs + 1);
  expect(words.join('').startsWith(deltas.map(({ data }) => data.delta).join(''))).toBe(true);
});

test('a question that waited a day is not asked: its client is told that the reply failed', async () => {
  const responder = createScriptedResponder();
  const clock = createFakeClock(Date.now());
  const left: string[] = [];
  const replyQueue: ReplyQueue = { ...NO_REPLY_QUEUE, leave: async ({ replyId }) => void left.push(replyId) };
  const { respond, frames } = await setUp({ responder, clock, replyQueue });
  const asked = task({ at: new Date(clock.now()).toISOString() });
  clock.advance(86_400_001);
  await respond(asked, context);
  expect(frames()).toMatchObject([
    { type: 'chat_response', data: { status: 'failed', content: 'Sorry.' }, reply_to: 'q', seq: 1 },
  ]);
  expect([responder.count(), left]).toEqual([0, ['reply-1']]);
});

describe('a client with its share of the running replies', () => {
  async function setUpQueue(responder: Responder) {
    const calls: string[] = [];
    const started: ReplyTask[] = [];
    const waiting = task({ replyId: 'waiting' });
    const replyQueue: ReplyQueue = {
      async enter({ replyId }, maxPerClient) {
        calls.push(`enter ${replyId} of ${maxPerClient}`);
        return replyId !== 'waiting';
      },
      async leave({ replyId }, start) {
        calls.push(`leave ${replyId}`);
        await start(waiting);
      },
    };
    const tasks: RespondDependencies['tasks'] = {
      start: async (given) => void started.push(given as unknown as ReplyTask),
    };
    return { calls, started, waiting, ...(await setUp({ responder, replyQueue, tasks })) };
  }

  test('gets its next reply when one has ended', async () => {
    const { respond, calls, started, waiting } = await setUpQueue(hello);
    await respond(task(), context);
    expect(calls).toEqual(['enter reply-1 of 4', 'leave reply-1']);
    expect(started).toEqual([waiting]);
  });

  test('has a waiting reply that asks and sends nothing', async () => {
    const responder = createScriptedResponder();
    const { respond, calls, waiting, frames, dependencies } = await setUpQueue(responder);
    await respond(waiting as RespondTask, context);
    expect([calls, responder.count(), frames()]).toEqual([['enter waiting of 4'], 0, []]);
    expect(await dependencies.replies.get({ clientId, messageId: 'q' })).toMatchObject({ replyId: 'waiting', run: 0 });
  });

  test('keeps the slot of a run that failed until the reply is given up', async () => {
    const { respond, calls, dependencies, started, waiting } = await setUpQueue(hello);
    dependencies.history.put = () => Promise.reject(new Error('no store'));
    await expect(respond(task(), context)).rejects.toThrow('no store');
    expect(calls).toEqual(['enter reply-1 of 4']);
    await createFail(dependencies)({ requestPayload: task() }).catch(() => {});
    expect(calls).toContain('leave reply-1');
    expect(started).toEqual([waiting]);
  });
});
