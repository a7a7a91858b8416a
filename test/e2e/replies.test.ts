/** Replies made by a task, on both hosts: streamed, cancelled, failed, and found again after reconnects. */
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { createScriptedResponder, type ScriptedResponder } from '../support/scripted-responder';
import { testApp } from '../support/test-app';
import { type ReceivedFrame, TestClient } from '../support/test-client';

describe.each([
  ['in memory', false],
  ['--wire', true],
])('a reply made by a task, %s', (_, wire) => {
  let server: TestServer;
  let responder: ScriptedResponder;
  let client: TestClient;

  beforeAll(async () => {
    responder = createScriptedResponder();
    const environment = { RESPONDER_FAILURE_TEXT: 'Sorry.', CLIENT_RATE: '0' };
    server = await startTestServer(environment, { wire, app: { ...testApp, responder } });
  });

  beforeEach(async () => {
    client = await TestClient.connect(server.webSocketUrl);
  });
  afterEach(() => client.close());
  afterAll(() => server.stop());

  const ask = (data: object = {}, more: object = {}) =>
    client.send({ type: 'chat_message', data: { content: 'Hi', stream: true, ...data }, message_id: 'q', ...more });

  /** The frames up to the end of a reply. */
  async function untilEnd(from = client): Promise<ReceivedFrame[]> {
    const frames: ReceivedFrame[] = [];
    do frames.push(await from.next());
    while (frames.at(-1)?.type !== 'chat_response');
    return frames;
  }

  /** The text that the pieces form. */
  function textOf(frames: ReceivedFrame[]): string {
    return frames
      .filter(({ type }) => type === 'chat_delta')
      .reduce((text, { data }) => data.content ?? text + data.delta, '');
  }

  it('is streamed: processing, pieces with indexes from 0 and no position, then the whole at a position', async () => {
    ask();
    const answer = await responder.next();
    expect(answer.request).toEqual({ content: 'Hi', role: 'user' });
    answer.say('one ');
    answer.say('two ');
    const first = [await client.next(), await client.next()];
    answer.say('three');
    const second = await client.next();
    answer.end();
    const frames = [...first, second, ...(await untilEnd())];
    expect(frames.map(({ reply_to }) => reply_to)).toEqual(frames.map(() => 'q'));
    expect(frames.map(({ type }) => type)).toEqual([
      'processing',
      ...frames.slice(1, -1).map(() => 'chat_delta'),
      'chat_response',
    ]);
    const deltas = frames.slice(1, -1);
    expect(deltas.map(({ data }) => data.index)).toEqual(deltas.map((_delta, index) => index));
    for (const frame of deltas) expect(frame).not.toHaveProperty('seq');
    expect(textOf(frames)).toBe('one two three');
    expect(frames.at(-1)).toMatchObject({
      data: { content: 'one two three', status: 'completed', model: 'scripted' },
      epoch: client.epoch,
      seq: 1,
    });
  });

  it.each([{ stream: false }, { stream: null }, { stream: undefined }])('with %j has no pieces', async (data) => {
    ask(data);
    const answer = await responder.next();
    answer.say('one ');
    answer.say('two');
    answer.end();
    const frames = await untilEnd();
    expect(frames.map(({ type }) => type)).toEqual(['processing', 'chat_response']);
    expect(frames.at(-1)?.data.content).toBe('one two');
  });

  it('takes its position when it is ready: nobody waits behind it, and there is no gap', async () => {
    ask();
    const answer = await responder.next();
    client.send({ type: 'tool_call', data: { tool_name: 'add', params: { a: 1, b: 2 } } });
    expect(await client.nextOf('tool_response')).toMatchObject({ seq: 1 });
    answer.end();
    const end = await client.nextOf('chat_response');
    expect(end.seq).toBe(2);
    expect(end).not.toHaveProperty('void');
  });

  it('is stored with its question, but without its pieces', async () => {
    ask();
    const answer = await responder.next();
    answer.say('Hello');
    answer.end();
    await client.nextOf('chat_response');
    const { body } = await call('GET', `${server.httpUrl}/clients/${client.clientId}/messages`);
    const kept = body.messages.map(({ type, data }: ReceivedFrame) => [type, data.content]);
    expect(kept.sort()).toEqual([
      ['chat_message', 'Hi'],
      ['chat_response', 'Hello'],
    ]);
  });

  it('is cancelled: the model is told, and the client keeps the text so far', async () => {
    ask();
    const answer = await responder.next();
    answer.say('Once upon');
    await client.nextOf('chat_delta');
    client.send({ type: 'cancel', data: { message_id: 'q' }, message_id: 'c' });
    const end = await client.nextOf('chat_response');
    expect(end).toMatchObject({ reply_to: 'q', data: { status: 'cancelled', content: 'Once upon' }, seq: 1 });
    expect(answer.context.signal.aborted).toBe(true);
  });

  it('is not cancelled by another client, or with another id', async () => {
    const other = await TestClient.connect(server.webSocketUrl);
    ask();
    const answer = await responder.next();
    other.send({ type: 'cancel', data: { message_id: 'q' } });
    client.send({ type: 'cancel', data: { message_id: 'p' } });
    await other.ask({ type: 'ping' });
    await client.ask({ type: 'ping' });
    answer.end();
    expect((await client.nextOf('chat_response')).data.status).toBe('completed');
    await other.close();
  });

  it('ends as failed if the responder throws, with the configured message', async () => {
    ask();
    const answer = await responder.next();
    answer.say('Once');
    const cause = new Error('no model');
    answer.end(cause);
    const end = await client.nextOf('chat_response');
    expect(end).toMatchObject({ data: { status: 'failed', content: 'Sorry.', model: 'scripted' }, seq: 1 });
    expect(server.log).toContainEqual(expect.objectContaining({ level: 'error', event: 'reply_failed', cause }));
  });

  it('is sent once for a repeated numbered message, and again once it exists', async () => {
    const before = responder.count();
    const numbered = { sender: 's', sender_seq: 1 };
    ask({}, numbered);
    const answer = await responder.next();
    await client.nextOf('processing');
    ask({}, numbered);
    expect(await client.nextOf('error')).toMatchObject({ data: { code: 'in_progress' } });
    answer.say('Hello');
    answer.end();
    const end = await client.nextOf('chat_response');
    ask({}, numbered);
    expect(await client.nextOf('chat_response')).toEqual(end);
    expect(responder.count()).toBe(before + 1);
  });

  it('follows the client to its next connection, and makes up for lost pieces', async () => {
    ask();
    const answer = await responder.next();
    answer.say('one ');
    await client.nextOf('chat_delta');
    const token = client.resumeToken;
    await client.close();
    answer.say('two ');
    client = await TestClient.connect(`${server.webSocketUrl}/?resume=${token}`);
    const snapshot = await client.nextOf('chat_delta');
    expect(snapshot.data).toMatchObject({ content: 'one two ' });
    answer.say('three');
    answer.end();
    expect((await client.nextOf('chat_response')).data.content).toBe('one two three');
  });

  it('is stored if the client has left, and delivered with its next resume', async () => {
    ask();
    const answer = await responder.next();
    const token = client.resumeToken;
    await client.close();
    answer.say('Hello');
    answer.end();
    while (!server.log.some(({ event, fields }) => event === 'replied' && fields?.client_id === client.clientId)) {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const { epoch } = client;
    client = await TestClient.connect(`${server.webSocketUrl}/?resume=${token}`);
    const { data } = await client.ask({ type: 'resume', data: { epoch, seq: 0 } });
    expect(data.frames).toMatchObject([{ type: 'chat_response', data: { content: 'Hello' }, seq: 1 }]);
  });

  it('is an error if it is too large for a message', async () => {
    ask({ stream: false });
    const answer = await responder.next();
    answer.say('x'.repeat(131_072));
    answer.end();
    expect(await client.nextOf('error')).toMatchObject({ reply_to: 'q', data: { code: 'payload_too_large' }, seq: 1 });
  });

  it.each([{ content: 5 }, {}])('to an invalid question (%j) is an immediate error', async (data) => {
    const before = responder.count();
    client.send({ type: 'chat_message', data, message_id: 'q' });
    expect(await client.next()).toMatchObject({ type: 'error', data: { code: 'invalid_message' }, seq: 1 });
    expect(responder.count()).toBe(before);
  });
});
