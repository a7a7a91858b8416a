/** Messages that are kept: their positions, late answers, repeats, and handlers that have died. */

import type { RespondTask } from '../../../lambdas/replies/respond-task';
import { create, type MessageDependencies } from '../../../lambdas/websocket/message';
import { createMemoryClients } from '../../../local/memory/memory-clients';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingLog, createRecordingTasks, messageDependencies } from '../../support/fakes';

const clientId = 'b6b6f0a4-0b9f-4c1e-8c0f-7f3b0f5d2a11';

function prepare({
  answerAfter = 0,
  rateLimit,
  more = {},
}: {
  answerAfter?: number;
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
  const dependencies = messageDependencies({ clients, clock, log, app: { responder }, ...more });
  const handler = create(dependencies);
  const connectedAt = clock.now();

  async function say(content: string, more: object = {}) {
    const body = JSON.stringify({ type: 'chat_message', data: { content }, ...more });
    const requestContext = { connectionId: 'c', connectedAt, authorizer: { client_id: clientId } };
    const result = await handler({ requestContext, body });
    const { body: reply } = result as { body?: string };
    return reply === undefined ? undefined : JSON.parse(reply);
  }

  const { history, replies } = dependencies;
  return { clock, clients, history, replies, log, heard, say };
}

const ONE = { sender: 's', sender_seq: 1, message_id: 'm' };

it('an answer within a second has the number that its message took', async () => {
  const { say } = prepare({ answerAfter: 1_000 });
  expect([(await say('a')).seq, (await say('b')).seq]).toEqual([1, 2]);
});

it('a later one takes a new number, and the first is nobody’s', async () => {
  const { say, history } = prepare({ answerAfter: 1_001 });
  const answers = [await say('a'), await say('b')];
  expect(answers.map((answer) => [answer.seq, answer.void])).toEqual([
    [2, [1]],
    [4, [3]],
  ]);
  const { items } = await history.after(clientId, { epoch: answers[0].epoch, seq: 0 }, 1_000_000);
  expect(items.map(({ position }) => position.seq)).toEqual([2, 4]);
});

it('an answer whose number became void takes a new one', async () => {
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

it('a repeat of a late answer finds it where it is', async () => {
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

it('a message that is being handled is in_progress for 30 seconds, and is handled again then', async () => {
  const { say, clients, clock, heard } = prepare();
  // A handler that took the message and died.
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

describe('a message that a task answers', () => {
  async function prepareTasks() {
    const tasks = createRecordingTasks();
    const prepared = prepare({ more: { tasks, repliesInTask: true } });
    expect(await prepared.say('a', ONE)).toBeUndefined();
    const [task] = tasks.started as RespondTask[];
    return { ...prepared, tasks, task: task as RespondTask };
  }

  it('comes after the position that the client had when it asked', async () => {
    const { clients, tasks, say } = await prepareTasks();
    const position = await clients.takePosition(clientId);
    await say('b');
    expect(tasks.started).toMatchObject([{ after: { ...position, seq: 0 } }, { after: position }]);
  });

  it('is given to another one after 30 seconds, if none has begun: that has the same reply', async () => {
    const { say, clock, tasks, task } = await prepareTasks();
    clock.advance(29_999);
    expect((await say('a', ONE)).data.code).toBe('in_progress');
    clock.advance(1);
    expect(await say('a', ONE)).toBeUndefined();
    expect(tasks.started).toMatchObject([{ replyId: task.replyId }, { replyId: task.replyId, sent: task.sent }]);
    expect((await say('a', ONE)).data.code).toBe('in_progress');
  });

  it('is given to another one after an hour, if one has begun', async () => {
    const { say, clock, replies, tasks, task } = await prepareTasks();
    await replies.begin({ clientId, messageId: 'm' }, task.replyId);
    clock.advance(3_599_999);
    expect((await say('a', ONE)).data.code).toBe('in_progress');
    clock.advance(1);
    expect(await say('a', ONE)).toBeUndefined();
    expect(tasks.started).toHaveLength(2);
  });

  it('has a reply of its own where its sender gives it no number', async () => {
    const { say, tasks, task } = await prepareTasks();
    await say('a', { message_id: 'm' });
    await say('a', { message_id: 'm' });
    const ids = (tasks.started as RespondTask[]).map(({ replyId }) => replyId);
    expect(ids[0]).toBe(task.replyId);
    expect(new Set(ids).size).toBe(3);
  });
});

it('a message above the rate is not stored, and is handled when it comes again', async () => {
  const { say, clock, heard, history } = prepare({ rateLimit: { perSecond: 1, burst: 1 } });
  await say('first');
  const limited = await say('a', ONE);
  expect(limited).toMatchObject({ type: 'error', data: { code: 'rate_limited' }, seq: 2 });
  expect(await history.get(clientId, { epoch: limited.epoch, seq: 2 })).toBeUndefined();
  clock.advance(5_000);
  expect(await say('a', ONE)).toMatchObject({ type: 'chat_response', seq: 3 });
  expect(heard).toEqual(['first', 'a']);
});

it('an answer that can’t be stored goes out without a number, and the log says so', async () => {
  const { say, history, log } = prepare();
  history.put = () => Promise.reject(new Error('no disk'));
  const answer = await say('a');
  expect(answer).toMatchObject({ type: 'chat_response' });
  expect(answer).not.toHaveProperty('seq');
  expect(log.errors).toMatchObject([{ event: 'history_failed' }]);
});

it('what a client acknowledges is known, by any message', async () => {
  const { say, clients } = prepare();
  await say('a');
  await say('b', { ack: 1 });
  expect(await clients.get(clientId)).toMatchObject({ ackedSeq: 1, position: { seq: 2 } });
});

it('the history of the team has no errors', async () => {
  const { say, history } = prepare();
  await say('crash');
  const { rows } = await history.page(clientId, { limit: 10 });
  expect(rows.map(({ direction, type }) => `${direction} ${type}`)).toEqual(['in chat_message']);
});
