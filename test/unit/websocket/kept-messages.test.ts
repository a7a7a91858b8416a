/** Stored messages: their positions, late answers, repeats, and handlers that died. */
import * as z from 'zod/mini';
import { createPlacing } from '../../../lambdas/delivery/placing';
import { defineMessageType, type MessageTypes } from '../../../lambdas/ports/message-type';
import { clientMessage } from '../../../lambdas/protocol/client-messages';
import type { RespondTask } from '../../../lambdas/replies/respond-task';
import { create, type MessageDependencies } from '../../../lambdas/websocket/message';
import { createMemoryClients } from '../../../local/memory/memory-clients';
import { createMemoryReplies } from '../../../local/memory/memory-replies';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingLog, createRecordingTasks, createTestHistory, messageDependencies } from '../../support/fakes';

const clientId = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';

function prepare({
  answerAfter = 0,
  historyPerClient = 1_000,
  rateLimit,
  messageTypes = {},
  more = {},
}: {
  answerAfter?: number;
  historyPerClient?: number;
  messageTypes?: MessageTypes;
  more?: Partial<Pick<MessageDependencies, 'tasks' | 'repliesInTask'>>;
  rateLimit?: { perSecond: number; burst: number };
} = {}) {
  const clock = createFakeClock(Date.now());
  const clients = createMemoryClients({ clock, historySeconds: 60, ...(rateLimit && { rateLimit }) });
  const log = createRecordingLog();
  const heard: string[] = [];
  const responder = {
    model: 'echo',
    async respond({ content }: { content: string }) {
      heard.push(content);
      clock.advance(answerAfter);
      if (content === 'crash') throw new Error('a crash');
      return content;
    },
  };
  const history = createTestHistory({ clock, historyPerClient });
  const replies = createMemoryReplies({ clock });
  const app = { responder, messageTypes };
  const dependencies = messageDependencies({ clients, history, replies, clock, log, app, ...more });
  const handler = create(dependencies);
  const connectedAt = clock.now();

  const say = (content: string, more: object = {}) => send({ type: 'chat_message', data: { content }, ...more });

  async function send(message: object) {
    const body = JSON.stringify({ data: {}, ...message });
    const requestContext = { connectionId: 'c', connectedAt, authorizer: { client_id: clientId } };
    const result = await handler({ requestContext, body });
    const { body: reply } = result as { body?: string };
    return reply === undefined ? undefined : JSON.parse(reply);
  }

  return { ...dependencies, clock, clients, log, heard, say, send };
}

const ONE = { sender: 's', sender_seq: 1, message_id: 'm' };

it('an answer within a second has the position that its message took', async () => {
  const { say } = prepare({ answerAfter: 1_000 });
  expect([(await say('a')).seq, (await say('b')).seq]).toEqual([1, 2]);
});

it('a later answer takes a new position, and the first becomes void', async () => {
  const { say, history } = prepare({ answerAfter: 1_001 });
  const answers = [await say('a'), await say('b')];
  expect(answers.map((answer) => [answer.seq, answer.void])).toEqual([
    [2, [1]],
    [4, [3]],
  ]);
  const { items } = await history.after(clientId, { epoch: answers[0].epoch, seq: 0 }, 1_000_000);
  expect(items.map(({ position }) => position.seq)).toEqual([2, 4]);
});

it('an answer whose position became void takes a new one', async () => {
  const { say, history, clients } = prepare();
  const { put } = history;
  history.put = async (item) => {
    history.put = put.bind(history);
    await history.void(clientId, item.position);
    return history.put(item);
  };
  expect((await say('a')).seq).toBe(2);
  expect((await clients.get(clientId))?.position.seq).toBe(2);
});

it('a repeat gets the stored answer even if it was late', async () => {
  const { say, heard } = prepare({ answerAfter: 5_000 });
  const { void: _, ...first } = await say('a', ONE);
  expect(await say('a', ONE)).toEqual(first);
  expect(heard).toEqual(['a']);
});

it('a repeat of a message whose handler failed gets the same error', async () => {
  const { say, heard } = prepare();
  const first = await say('crash', ONE);
  expect(first).toMatchObject({ type: 'error', data: { code: 'internal_error' }, seq: 1 });
  expect(await say('crash', ONE)).toEqual(first);
  expect(heard).toEqual(['crash']);
});

it('a message being handled is in_progress for 30 seconds, then handled again', async () => {
  const { say, clients, clock, heard } = prepare();
  // A handler that accepted the message and died.
  const connection = { clientId, connectionId: 'c', connectedAt: new Date(clock.now()).toISOString(), labels: [] };
  await clients.receive(connection, connection.connectedAt, 'durable', { sent: { sender: 's', number: 1 } });
  const early = await say('a', ONE);
  expect(early).toMatchObject({ type: 'error', data: { code: 'in_progress' }, reply_to: 'm' });
  expect(early).not.toHaveProperty('seq');
  clock.advance(29_999);
  expect((await say('a', ONE)).data.code).toBe('in_progress');
  clock.advance(1);
  const answer = await say('a', ONE);
  expect(answer).toMatchObject({ type: 'chat_response', seq: 2 });
  expect(await say('a', ONE)).toEqual(answer);
  expect(heard).toEqual(['a']);
});

it('a message whose answer is still being stored is in_progress, however long that takes', async () => {
  const { say, history, clock, heard } = prepare({ answerAfter: 5_000 });
  const put = history.put.bind(history);
  let release = () => {};
  const storing = new Promise<void>((began) => {
    history.put = (item) => {
      history.put = put;
      began();
      return new Promise((resolve) => {
        release = () => resolve(put(item));
      });
    };
  });
  const answering = say('a', ONE);
  await storing;
  clock.advance(30_000);
  const { data, message_id } = await answering; // not stored in time
  expect((await say('a', ONE)).data.code).toBe('in_progress');
  release();
  await new Promise(setImmediate);
  expect(await say('a', ONE)).toMatchObject({ data, message_id });
  expect(heard).toEqual(['a']);
});

describe('a repeat whose answer is gone', () => {
  const REFUSED = {
    type: 'error',
    data: { code: 'invalid_message', details: [{ path: 'sender_seq' }] },
    reply_to: 'm',
  };

  it('is refused after the history has expired', async () => {
    const { say, clock, heard } = prepare();
    const answer = await say('a', ONE);
    clock.advance(59_999);
    expect(await say('a', ONE)).toEqual(answer);
    clock.advance(1);
    expect(await say('a', ONE)).toMatchObject(REFUSED);
    expect(heard).toEqual(['a']);
  });

  it('is refused after the answer was dropped to make room', async () => {
    const { say, clock, heard } = prepare({ historyPerClient: 4 });
    await say('a', ONE);
    for (const content of ['b', 'c', 'd']) await say(content);
    clock.advance(30_000);
    expect(await say('a', ONE)).toMatchObject(REFUSED);
    expect(heard).toEqual(['a', 'b', 'c', 'd']);
  });

  it('is handled again if the handler certainly stored no answer, however much history is gone', async () => {
    const { say, clock, clients, heard } = prepare();
    await say('old');
    clock.advance(60_000);
    const connection = { clientId, connectionId: 'c', connectedAt: new Date(clock.now()).toISOString(), labels: [] };
    await clients.receive(connection, connection.connectedAt, 'durable', { sent: { sender: 's', number: 1 } });
    clock.advance(30_000);
    expect(await say('a', ONE)).toMatchObject({ type: 'chat_response' });
    expect(heard).toEqual(['old', 'a']);
  });
});

describe('the team’s own message type', () => {
  const handled: unknown[] = [];
  const ownType = (type: string, keptInHistory: boolean, reply: boolean) =>
    defineMessageType({
      schema: clientMessage(type, z.object({}), { id: type, description: type }),
      keptInHistory,
      handle() {
        handled.push(type);
        return reply ? { type: 'done', data: { count: handled.length } } : undefined;
      },
    });
  const messageTypes = {
    light: ownType('light', false, true),
    silent: ownType('silent', false, false),
    noted: ownType('noted', true, false),
  };
  const prepareOwn = () => prepare({ messageTypes });

  beforeEach(() => handled.splice(0));

  it('without history is handled once if the message has a number, and a repeat gets the same answer', async () => {
    const { send, history } = prepareOwn();
    const answer = await send({ type: 'light', ...ONE });
    expect(answer).toMatchObject({ type: 'done', data: { count: 1 }, seq: 1 });
    expect(await send({ type: 'light', ...ONE })).toEqual(answer);
    expect(handled).toEqual(['light']);
    expect((await history.page(clientId, { limit: 10 })).rows).toEqual([]);
  });

  it('without history takes no position if the message has no number', async () => {
    const { send, clients } = prepareOwn();
    expect(await send({ type: 'light', message_id: 'm' })).not.toHaveProperty('seq');
    expect((await clients.get(clientId))?.position.seq).toBe(0);
  });

  it('without history gets an error for an invalid number', async () => {
    const { send } = prepareOwn();
    const answer = await send({ type: 'light', ...ONE, sender_seq: 0 });
    expect(answer.data).toMatchObject({ code: 'invalid_message', details: [{ path: 'sender_seq' }] });
    expect(handled).toEqual([]);
  });

  it.each([
    ['silent', []],
    ['noted', ['noted']],
  ])('without an answer (%s) is handled once, and a repeat is told so', async (type, shown) => {
    const { send, history, clock } = prepareOwn();
    expect(await send({ type, ...ONE })).toBeUndefined();
    clock.advance(30_000);
    const { data } = await send({ type, ...ONE });
    expect(data).toMatchObject({ code: 'invalid_message', details: [{ path: 'sender_seq' }] });
    expect(handled).toEqual([type]);
    const { rows } = await history.page(clientId, { limit: 10 });
    expect(rows.map((row) => row.type)).toEqual(shown);
  });
});

describe('a message answered by a task', () => {
  async function prepareTasks() {
    const tasks = createRecordingTasks();
    const prepared = prepare({ more: { tasks, repliesInTask: true } });
    expect(await prepared.say('a', ONE)).toBeUndefined();
    const [task] = tasks.started as RespondTask[];
    return { ...prepared, tasks, task: task as RespondTask };
  }

  it('has its reply after the position that the client had when it asked', async () => {
    const { clients, tasks, say } = await prepareTasks();
    const position = await clients.takePosition(clientId);
    await say('b');
    expect(tasks.started).toMatchObject([{ after: { ...position, seq: 0 } }, { after: position }]);
  });

  it('is given to another task after 30 seconds if none has begun; that sends the same reply', async () => {
    const { say, clock, tasks, task } = await prepareTasks();
    clock.advance(29_999);
    expect((await say('a', ONE)).data.code).toBe('in_progress');
    clock.advance(1);
    expect(await say('a', ONE)).toBeUndefined();
    expect(tasks.started).toMatchObject([{ replyId: task.replyId }, { replyId: task.replyId, sent: task.sent }]);
    expect((await say('a', ONE)).data.code).toBe('in_progress');
  });

  it.each(['begin', 'wait'] as const)('is given to another task two hours after one came to %s', async (what) => {
    const { say, clock, replies, tasks, task } = await prepareTasks();
    await replies[what]({ clientId, messageId: 'm' }, task.replyId);
    clock.advance(7_199_999);
    expect((await say('a', ONE)).data.code).toBe('in_progress');
    clock.advance(1);
    expect(await say('a', ONE)).toBeUndefined();
    expect(tasks.started).toHaveLength(2);
  });

  it('is in_progress as long as this process has its task, however late that begins', async () => {
    const { say, clock, tasks, task } = await prepareTasks();
    tasks.isReplying = (replyId) => replyId === task.replyId;
    clock.advance(86_000_000);
    expect((await say('a', ONE)).data.code).toBe('in_progress');
    tasks.isReplying = () => false;
    expect(await say('a', ONE)).toBeUndefined();
    expect(tasks.started).toHaveLength(2);
  });

  it('is in_progress if its task cannot be started, and a repeat starts one', async () => {
    const { say, clock, history, log, tasks } = await prepareTasks();
    const { start } = tasks;
    tasks.start = () => Promise.reject(new Error('no Lambda'));
    const second = { ...ONE, sender_seq: 2, message_id: 'm-2' };
    const answer = await say('b', second);
    expect(answer).toMatchObject({ type: 'error', data: { code: 'in_progress' }, reply_to: 'm-2' });
    expect(answer).not.toHaveProperty('seq');
    expect((await history.page(clientId, { limit: 10 })).rows).toEqual([]);
    expect(log.errors).toMatchObject([{ event: 'message_failed' }]);
    tasks.start = start;
    clock.advance(30_000);
    expect(await say('b', second)).toBeUndefined();
    expect(tasks.started).toMatchObject([{ messageId: 'm' }, { messageId: 'm-2', sent: { number: 2 } }]);
  });

  it('gets an error if its task cannot be started and it has no number', async () => {
    const { say, tasks } = await prepareTasks();
    tasks.start = () => Promise.reject(new Error('no Lambda'));
    expect(await say('b')).toMatchObject({ type: 'error', data: { code: 'internal_error' } });
  });

  it('is refused when it is repeated and its answer is gone', async () => {
    const { say, clock, clients, history, log, tasks, task } = await prepareTasks();
    const { placeAnswer } = createPlacing({ clients, history, log });
    const { sent } = task;
    const reply = { type: 'chat_response', data: { content: 'a' }, message_id: task.replyId, timestamp: '' };
    await placeAnswer({ clientId, sent, taken: undefined, isLate: true, question: undefined, reply, isHidden: false });
    expect(await say('a', ONE)).toMatchObject(reply);
    clock.advance(60_000);
    const { data } = await say('a', ONE);
    expect(data).toMatchObject({ code: 'invalid_message', details: [{ path: 'sender_seq' }] });
    expect(tasks.started).toEqual([task]);
  });

  it('takes no position if it is above the rate, and is answered when it is repeated', async () => {
    const tasks = createRecordingTasks();
    const limited = { perSecond: 1, burst: 1 };
    const { say, clock, clients, history } = prepare({ more: { tasks, repliesInTask: true }, rateLimit: limited });
    await say('first');
    const refused = await say('a', ONE);
    expect(refused).toMatchObject({ type: 'error', data: { code: 'rate_limited' } });
    expect(refused).not.toHaveProperty('seq');
    const position = (await clients.get(clientId))?.position;
    expect(position?.seq).toBe(0);
    clock.advance(5_000);
    expect(await say('a', ONE)).toBeUndefined();
    expect(tasks.started).toMatchObject([{}, { messageId: 'm', sent: { number: 1 } }]);
    expect((await history.page(clientId, { limit: 10 })).rows).toEqual([]);
  });

  it('gets its own reply each time if it has no number', async () => {
    const { say, tasks, task } = await prepareTasks();
    await say('a', { message_id: 'm' });
    await say('a', { message_id: 'm' });
    const ids = (tasks.started as RespondTask[]).map(({ replyId }) => replyId);
    expect(ids[0]).toBe(task.replyId);
    expect(new Set(ids).size).toBe(3);
  });
});

it('a message above the rate is handled when it is repeated; its position holds the refusal, which the history hides', async () => {
  const { say, clock, heard, history } = prepare({ rateLimit: { perSecond: 1, burst: 1 } });
  await say('first');
  const limited = await say('a', ONE);
  expect(limited).toMatchObject({ type: 'error', data: { code: 'rate_limited' }, seq: 2 });
  const { items } = await history.after(clientId, { epoch: limited.epoch, seq: 1 }, 1_000_000);
  expect(items).toMatchObject([
    { position: { seq: 2 }, records: [{ type: 'error', messageId: limited.message_id, hidden: true }] },
  ]);
  clock.advance(5_000);
  expect(await say('a', ONE)).toMatchObject({ type: 'chat_response', seq: 3 });
  expect(heard).toEqual(['first', 'a']);
});

it('an answer that can’t be stored is sent without a position, and logged', async () => {
  const { say, history, log } = prepare();
  history.put = () => Promise.reject(new Error('no disk'));
  const answer = await say('a');
  expect(answer).toMatchObject({ type: 'chat_response' });
  expect(answer).not.toHaveProperty('seq');
  expect(log.errors).toMatchObject([{ event: 'history_failed' }]);
});

it('an acknowledgement counts in a message of any type', async () => {
  const { say, clients } = prepare();
  await say('a');
  await say('b', { ack: 1 });
  expect(await clients.get(clientId)).toMatchObject({ ackedSeq: 1, position: { seq: 2 } });
});

it('the team’s view of the history has no errors', async () => {
  const { say, history } = prepare();
  await say('crash');
  const { rows } = await history.page(clientId, { limit: 10 });
  expect(rows.map(({ direction, type }) => `${direction} ${type}`)).toEqual(['in chat_message']);
});
