/**
 * The AWS calls of each event, counted on the wire. Capacity is that of the tables: dynalite does not count the index, which
 * index-capacity.test.ts does.
 */
import { randomUUID } from 'node:crypto';
import { type AwsCall, type AwsRecorder, startAwsRecorder } from '../support/aws-recorder';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { call } from '../support/http';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { createScriptedResponder } from '../support/scripted-responder';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';
import { openAccess } from './suite/access';
import { createHttpApi } from './suite/http-api';
import type { UnderTest } from './suite/under-test';

let dynamo: RunningDynamo;
let recorder: AwsRecorder;
let server: TestServer;
let client: TestClient;

beforeAll(async () => {
  dynamo = await startDynalite();
  recorder = await startAwsRecorder(dynamo.url);
  // With a rate, a few random messages cause one more write.
  const settings = { DYNAMODB_ENDPOINT: recorder.dynamoUrl, CLIENT_RATE: '0' };
  server = await startTestServer(settings, { wire: true });
});

afterAll(async () => {
  await server.stop();
  await recorder.stop();
  await dynamo.stop();
});

beforeEach(async () => {
  client = await TestClient.connect(server.webSocketUrl);
  recorder.take();
});

afterEach(() => client.close());

/** Each call as `caller action resource`, in any order. */
function linesOf(calls: AwsCall[]): string[] {
  return calls.map(({ caller, action, resource }) => `${caller} ${action} ${resource}`).sort();
}

function unitsOf(calls: AwsCall[]): number {
  return calls.reduce((sum, { units }) => sum + units, 0);
}

/** The calls recorded by the time a client has its answer, in the order in which they were answered. */
const byNow = () => recorder.take().map(({ action, resource }) => `${action} ${resource}`);

const WRITE = 'dynamodb:PutItem switchboard-messages';

/** Calls still under way after the client has its answer: a write that was sent but not awaited. */
async function settled(): Promise<AwsCall[]> {
  await new Promise((resolve) => setImmediate(resolve));
  return recorder.take();
}

/** Closes a client, and waits until the server has noticed. */
async function leave(left: TestClient): Promise<void> {
  await left.close();
  while (!server.log.some(({ event, fields }) => event === 'disconnected' && fields?.client_id === left.clientId)) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

// The only difference that access control makes to the conformance suite on the wire.
openAccess({ http: createHttpApi(() => server) } as UnderTest);

describe('with access control', () => {
  let keys: KeysFile;
  let closed: TestServer;

  beforeAll(async () => {
    keys = createKeysFile();
    const settings = { AUTH: 'token', KEYS_FILE: keys.path, DYNAMODB_ENDPOINT: recorder.dynamoUrl, CLIENT_RATE: '0' };
    closed = await startTestServer(settings, { wire: true });
  });
  afterAll(async () => {
    await closed.stop();
    keys.remove();
  });

  it('a call that changes something costs one more write, for the audit log; a call that reads costs none', async () => {
    const as = { authorization: `Bearer ${keys.read().api_key.current}` };
    const { body: token } = await call('POST', `${closed.httpUrl}/tokens`, {}, as);
    const pushed = await TestClient.connect(token.websocket_url);
    await settled();
    await call('GET', `${closed.httpUrl}/status`, undefined, as);
    expect((await settled()).filter(({ action }) => action !== 'dynamodb:Scan')).toEqual([]);
    const push = { client_id: token.client_id, content: 'hello' };
    expect((await call('POST', `${closed.httpUrl}/send_message`, push, as)).status).toBe(200);
    const calls = (await settled()).filter(({ caller }) => caller === 'http/push');
    expect(linesOf(calls)).toEqual([
      'http/push dynamodb:BatchWriteItem switchboard-messages',
      'http/push dynamodb:PutItem switchboard-messages',
      'http/push dynamodb:UpdateItem switchboard-clients',
      'http/push execute-api:ManageConnections POST',
    ]);
    expect(unitsOf(calls)).toBe(3);
    await pushed.close();
  });
});

describe('a chat_message answered by a task', () => {
  const responder = createScriptedResponder();
  let answering: TestServer;
  let asker: TestClient;

  beforeAll(async () => {
    const settings = { DYNAMODB_ENDPOINT: recorder.dynamoUrl, CLIENT_RATE: '0' };
    answering = await startTestServer(settings, { wire: true, app: { ...testApp, responder } });
    asker = await TestClient.connect(answering.webSocketUrl);
  });
  afterAll(async () => {
    await asker.close();
    await answering.stop();
  });

  /** The task's calls up to its last one, which looks for a waiting reply. */
  async function callsOfTask(): Promise<AwsCall[]> {
    const calls: AwsCall[] = [];
    while (!calls.some(({ action }) => action === 'dynamodb:Query')) {
      calls.push(...(await settled()).filter(({ caller }) => caller === 'replies/respond'));
    }
    return calls;
  }

  it('costs $default one update, a post of `processing`, and the start of the task', async () => {
    recorder.take();
    asker.send({ type: 'chat_message', data: TALK });
    const call = await responder.next();
    const ofDefault = (await settled()).filter(({ caller }) => caller === 'websocket/message');
    expect(linesOf(ofDefault)).toEqual([
      'websocket/message dynamodb:UpdateItem switchboard-clients',
      'websocket/message execute-api:ManageConnections POST',
      'websocket/message lambda:InvokeFunction replies/respond',
    ]);
    call.end();
    await asker.nextOf('chat_response');
    await callsOfTask();
  });

  it('costs the task two writes and a query for its slot, a write to begin, one for the position, and an item; pieces write nothing, and cancels are polled every 0.9 seconds', async () => {
    recorder.take();
    asker.send({ type: 'chat_message', data: { ...TALK, stream: true }, message_id: 'm' });
    const call = await responder.next();
    const startedAt = Date.now();
    let pieces = 0;
    for (; Date.now() - startedAt < 2_500; pieces++) {
      call.say(`${pieces} `);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    call.end();
    await asker.nextOf('chat_response');
    const seconds = (Date.now() - startedAt) / 1_000;
    const calls = await callsOfTask();
    const isPost = ({ action }: AwsCall) => action === 'execute-api:ManageConnections';
    const isLook = ({ action }: AwsCall) => action === 'dynamodb:GetItem';
    expect(linesOf(calls.filter((one) => !isPost(one) && !isLook(one)))).toEqual([
      'replies/respond dynamodb:PutItem switchboard-messages',
      'replies/respond dynamodb:Query switchboard-messages',
      'replies/respond dynamodb:UpdateItem switchboard-clients',
      'replies/respond dynamodb:UpdateItem switchboard-messages',
      'replies/respond dynamodb:UpdateItem switchboard-messages',
      'replies/respond dynamodb:UpdateItem switchboard-messages',
    ]);
    expect(calls.filter(isPost).length).toBeLessThanOrEqual(seconds * 4 + 2);
    expect(calls.filter(isPost).length).toBeGreaterThan(2);
    expect(calls.filter(isLook).length).toBeLessThanOrEqual(seconds / 0.9);
  });
});

describe('with a rate limit per client', () => {
  let limited: TestServer;
  beforeAll(async () => {
    const settings = { DYNAMODB_ENDPOINT: recorder.dynamoUrl, CLIENT_RATE: '10000', CLIENT_BURST: '20000' };
    limited = await startTestServer(settings, { wire: true });
  });
  afterAll(() => limited.stop());

  it('messages below it cost at most 1.1 updates on average, and nothing else', async () => {
    const sender = await TestClient.connect(limited.webSocketUrl);
    await settled();
    recorder.take();
    const messages = 1_000; // then 1.1 is five standard deviations above the average
    const calls: AwsCall[] = [];
    for (let count = 0; count < messages; count += 1) {
      await sender.ask({ type: 'ping' });
      calls.push(...recorder.take());
    }
    calls.push(...(await settled()));
    expect(new Set(linesOf(calls))).toEqual(new Set(['websocket/message dynamodb:UpdateItem switchboard-clients']));
    expect(calls.length).toBeGreaterThanOrEqual(messages);
    expect(unitsOf(calls)).toBeLessThanOrEqual(1.1 * messages);
    await sender.close();
  });
});

const TALK = { content: 'How do you do?' };

it('connect: one update, which also writes the index, and the task that posts the welcome', async () => {
  const other = await TestClient.connect(server.webSocketUrl);
  const calls = await settled();
  expect(linesOf(calls)).toEqual([
    'websocket/connect dynamodb:UpdateItem switchboard-clients',
    'websocket/connect lambda:InvokeFunction websocket/welcome',
    'websocket/welcome execute-api:ManageConnections POST',
  ]);
  expect(unitsOf(calls)).toBe(1);
  await other.close();
});

it('ping: one update, which does not write the index; the pong is the route response', async () => {
  await client.ask({ type: 'ping' });
  const calls = await settled();
  expect(linesOf(calls)).toEqual(['websocket/message dynamodb:UpdateItem switchboard-clients']);
  expect(unitsOf(calls)).toBe(1);
});

it('chat_message: one update and one item, and a post of `processing`; no read', async () => {
  await client.ask({ type: 'chat_message', data: TALK });
  const calls = await settled();
  expect(linesOf(calls)).toEqual([
    'websocket/message dynamodb:PutItem switchboard-messages',
    'websocket/message dynamodb:UpdateItem switchboard-clients',
    'websocket/message execute-api:ManageConnections POST',
  ]);
  expect(unitsOf(calls)).toBe(2);
});

it('tool_call: one update and one item, and no post', async () => {
  await client.ask({ type: 'tool_call', data: { tool_name: 'add', params: { a: 1, b: 2 } } });
  const calls = await settled();
  expect(linesOf(calls)).toEqual([
    'websocket/message dynamodb:PutItem switchboard-messages',
    'websocket/message dynamodb:UpdateItem switchboard-clients',
  ]);
  expect(unitsOf(calls)).toBe(2);
});

it.each([
  ['chat_message', TALK],
  ['tool_call', { tool_name: 'add', params: { a: 1, b: 2 } }],
])('%s: the history is written before the reply', async (type, data) => {
  await client.ask({ type, data });
  expect(byNow()).toContain(WRITE);
});

it('send_message: the history is written before the post', async () => {
  await call('POST', `${server.httpUrl}/send_message`, { client_id: client.clientId, ...TALK });
  expect(byNow()).toEqual(['dynamodb:UpdateItem switchboard-clients', WRITE, 'execute-api:ManageConnections POST']);
});

it('an invalid chat: one update and one item, so that a client that missed the error gets it again', async () => {
  await client.ask({ type: 'chat_message', data: { content: 5 } });
  const calls = await settled();
  expect(linesOf(calls)).toEqual([
    'websocket/message dynamodb:PutItem switchboard-messages',
    'websocket/message dynamodb:UpdateItem switchboard-clients',
  ]);
  expect(unitsOf(calls)).toBe(2);
});

it('a chat with a number, an acknowledgement, or both: the same as any chat', async () => {
  const marks = [{ ack: 0 }, { sender: 's', sender_seq: 1 }, { sender: 's', sender_seq: 2, ack: 1 }];
  for (const mark of marks) {
    await client.ask({ type: 'tool_call', data: { tool_name: 'add' }, ...mark });
    const calls = await settled();
    expect(linesOf(calls)).toEqual([
      'websocket/message dynamodb:PutItem switchboard-messages',
      'websocket/message dynamodb:UpdateItem switchboard-clients',
    ]);
    expect(unitsOf(calls)).toBe(2);
  }
});

it('a repeated chat: the update that detects it, another that counts it, and two reads', async () => {
  const message = { type: 'tool_call', data: { tool_name: 'add' }, sender: 's', sender_seq: 1 };
  await client.ask(message);
  await settled();
  await client.ask(message);
  expect(linesOf(await settled())).toEqual([
    'websocket/message dynamodb:GetItem switchboard-clients',
    'websocket/message dynamodb:GetItem switchboard-messages',
    'websocket/message dynamodb:UpdateItem switchboard-clients',
    'websocket/message dynamodb:UpdateItem switchboard-clients',
  ]);
});

it('resume: the update of any message, three queries (its frames, its groups, broadcasts), and no other write', async () => {
  const { epoch, seq = 0 } = await client.ask({ type: 'tool_call', data: { tool_name: 'add' } });
  const { data: now } = await client.ask({ type: 'resume', data: { epoch, seq } });
  await settled();
  await client.ask({ type: 'resume', data: { epoch, seq: seq - 1, broadcast: now.broadcast } });
  const lines = linesOf(await settled()).map((line) => line.replace(/ switchboard-\w+$/, ''));
  const query = 'websocket/message dynamodb:Query';
  expect(lines.filter((line) => line !== query)).toEqual(['websocket/message dynamodb:UpdateItem']);
  // The log of broadcasts has one partition per hour, and is read from ten minutes before the position: near a full hour, two partitions.
  expect([3, 4]).toContain(lines.filter((line) => line === query).length);
});

it('send_message: one update, one item before the post, one post; no read', async () => {
  const body = { client_id: client.clientId, ...TALK };
  expect((await call('POST', `${server.httpUrl}/send_message`, body)).status).toBe(200);
  const calls = await settled();
  expect(linesOf(calls)).toEqual([
    'http/push dynamodb:PutItem switchboard-messages',
    'http/push dynamodb:UpdateItem switchboard-clients',
    'http/push execute-api:ManageConnections POST',
  ]);
  expect(unitsOf(calls)).toBe(2);
});

it('send_message to an offline client: one update and one item', async () => {
  const other = await TestClient.connect(server.webSocketUrl);
  await leave(other);
  await settled();
  const body = { client_id: other.clientId, hold_seconds: 60, ...TALK };
  expect((await call('POST', `${server.httpUrl}/send_message`, body)).status).toBe(202);
  expect(linesOf(await settled())).toEqual([
    'http/push dynamodb:PutItem switchboard-messages',
    'http/push dynamodb:UpdateItem switchboard-clients',
  ]);
});

it('call_tool with its result: three writes, the count of the client’s message, and reads of a single item', async () => {
  const body = { client_id: client.clientId, tool_name: 'show' };
  const answer = call('POST', `${server.httpUrl}/call_tool`, body, { prefer: 'wait=20' });
  const { data } = await client.nextOf('tool_call');
  expect(byNow().slice(0, 3)).toEqual([
    'dynamodb:UpdateItem switchboard-clients',
    WRITE,
    'execute-api:ManageConnections POST',
  ]);
  const accepted = await client.ask({ type: 'tool_response', data: { call_id: data.call_id }, message_id: 'r' });
  expect(accepted.type).toBe('tool_response_accepted');
  const isLook = (line: string) => line.startsWith('http/calls');
  const after = linesOf(await settled());
  expect(after.filter((line) => !isLook(line))).toEqual([
    'websocket/message dynamodb:UpdateItem switchboard-clients',
    'websocket/message dynamodb:UpdateItem switchboard-messages',
  ]);
  expect((await answer).body.status).toBe('completed');
  const looks = [...after.filter(isLook), ...linesOf(await settled())];
  expect(new Set(looks)).toEqual(new Set(['http/calls dynamodb:GetItem switchboard-messages']));
});

it('call_tool for an offline client: two writes, and one more when it resumes', async () => {
  const other = await TestClient.connect(server.webSocketUrl);
  const { epoch, resumeToken } = other;
  await leave(other);
  await settled();
  const body = { client_id: other.clientId, tool_name: 'show', hold_seconds: 60 };
  expect((await call('POST', `${server.httpUrl}/call_tool`, body)).status).toBe(202);
  expect(linesOf(await settled())).toEqual([
    'http/calls dynamodb:PutItem switchboard-messages',
    'http/calls dynamodb:UpdateItem switchboard-clients',
  ]);
  const again = await TestClient.connect(`${server.webSocketUrl}?resume=${resumeToken}`);
  await settled();
  const { data } = await again.ask({ type: 'resume', data: { epoch, seq: 0 } });
  expect(data.frames).toHaveLength(1);
  const writes = linesOf(await settled()).filter((line) => /Update|Put/.test(line));
  expect(writes).toEqual([
    'websocket/message dynamodb:UpdateItem switchboard-clients',
    'websocket/message dynamodb:UpdateItem switchboard-messages',
  ]);
  await again.close();
});

it('call_tool without a wait: the same as a push', async () => {
  await call('POST', `${server.httpUrl}/call_tool`, { client_id: client.clientId, tool_name: 'show' });
  const calls = await settled();
  expect(linesOf(calls)).toEqual([
    'http/calls dynamodb:PutItem switchboard-messages',
    'http/calls dynamodb:UpdateItem switchboard-clients',
    'http/calls execute-api:ManageConnections POST',
  ]);
  expect(unitsOf(calls)).toBe(2);
});

it('tool_progress: the count, and one update of the item', async () => {
  await call('POST', `${server.httpUrl}/call_tool`, { client_id: client.clientId, tool_name: 'show' });
  const { data } = await client.nextOf('tool_call');
  await settled();
  client.send({ type: 'tool_progress', data: { call_id: data.call_id, progress: 1 } });
  const calls: AwsCall[] = [];
  while (calls.length < 2) calls.push(...(await settled()));
  expect(linesOf(calls)).toEqual([
    'websocket/message dynamodb:UpdateItem switchboard-clients',
    'websocket/message dynamodb:UpdateItem switchboard-messages',
  ]);
});

it('an Idempotency-Key: two more writes; for a repeat, a refused write and a read', async () => {
  const body = { client_id: client.clientId, ...TALK };
  const headers = { 'idempotency-key': randomUUID() };
  await call('POST', `${server.httpUrl}/send_message`, body, headers);
  expect(linesOf(await settled())).toEqual([
    'http/push dynamodb:PutItem switchboard-messages',
    'http/push dynamodb:PutItem switchboard-messages',
    'http/push dynamodb:PutItem switchboard-messages',
    'http/push dynamodb:UpdateItem switchboard-clients',
    'http/push execute-api:ManageConnections POST',
  ]);
  await call('POST', `${server.httpUrl}/send_message`, body, headers);
  expect(linesOf(await settled())).toEqual([
    'http/push dynamodb:GetItem switchboard-messages',
    'http/push dynamodb:PutItem switchboard-messages',
  ]);
});

it('Prefer: wait: one read per poll', async () => {
  const body = { client_id: client.clientId, ...TALK };
  await call('POST', `${server.httpUrl}/send_message`, body, { prefer: 'wait=1' });
  const reads = (await settled()).filter(({ action }) => action === 'dynamodb:GetItem');
  expect(new Set(reads.map(({ resource }) => resource))).toEqual(new Set(['switchboard-clients']));
  expect(reads.length).toBeLessThan(16); // a slow machine polls less often, not more
});

it('disconnect: one update, which also writes the index', async () => {
  const other = await TestClient.connect(server.webSocketUrl);
  await settled();
  await leave(other);
  const calls = await settled();
  expect(linesOf(calls)).toEqual(['websocket/disconnect dynamodb:UpdateItem switchboard-clients']);
  expect(unitsOf(calls)).toBe(1);
});

it('GET /clients: only the first page counts the index', async () => {
  const others = await Promise.all([1, 2, 3].map(() => TestClient.connect(server.webSocketUrl)));
  await settled();
  const isScan = ({ action }: AwsCall) => action === 'dynamodb:Scan';
  const first = await call('GET', `${server.httpUrl}/clients?limit=1`);
  const ofFirst = await settled();
  expect(ofFirst.filter(isScan).length).toBeGreaterThan(1);
  expect(new Set(ofFirst.filter(isScan).map(({ resource }) => resource))).toEqual(
    new Set(['switchboard-clients/index/online']),
  );
  let next = first.body.next_cursor;
  for (let pages = 1; next !== undefined; pages += 1) {
    const page = await call('GET', `${server.httpUrl}/clients?limit=1&cursor=${encodeURIComponent(next)}`);
    expect(page.body.total).toBe(first.body.total);
    const scans = (await settled()).filter(isScan).length;
    expect(scans).toBeLessThanOrEqual(2); // one, and another if a page of the index was empty
    next = page.body.next_cursor;
    expect(pages).toBeLessThan(10);
  }
  await Promise.all(others.map((other) => other.close()));
});

it('a broadcast only reads the index', async () => {
  await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'news' });
  await client.nextOf('news');
  const reads = (await settled()).filter(({ action }) => /Scan|Query|Get/.test(action));
  expect(new Set(reads.map(({ resource }) => resource))).toEqual(new Set(['switchboard-clients/index/online']));
});
