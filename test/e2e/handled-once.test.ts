/** Repeated messages whose answer is gone, was a refusal, or is of the team's own type, on each host. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import * as z from 'zod/mini';
import { defineMessageType } from '../../lambdas/ports/message-type';
import type { Responder } from '../../lambdas/ports/responder';
import { clientMessage } from '../../lambdas/protocol/client-messages';
import { HANDLER_LEASE_MS } from '../../lambdas/protocol/limits';
import { type RunningDynamo, startDynalite } from '../support/dynamodb';
import { startTestServer, type TestServer } from '../support/local-server';
import { testApp } from '../support/test-app';
import { type ReceivedFrame, TestClient } from '../support/test-client';
import { eventually } from './suite/eventually';

const NUMBERED = { message_id: 'm', sender: 'program', sender_seq: 1 };
const CHAT = { type: 'chat_message', data: { content: 'Hi' } };
const ADD = { type: 'tool_call', data: { tool_name: 'add', params: { a: 1, b: 2 } } };

/** Counts how often it is handled. */
let handled = 0;
/** What its handler waits for if it is slow. */
let released = Promise.resolve();
const light = defineMessageType({
  schema: clientMessage('light', z.object({ silent: z.optional(z.boolean()), slow: z.optional(z.boolean()) }), {
    id: 'Light',
    description: 'A test.',
  }),
  keptInHistory: false,
  async handle({ data: { silent, slow } }) {
    handled += 1;
    if (slow) await released;
    return silent ? undefined : { type: 'lit', data: { handled } };
  },
});
/** Answers in a task. */
const responder: Responder = {
  model: 'counting',
  async respond({ content }) {
    handled += 1;
    return content;
  },
};
const app = { ...testApp, responder, messageTypes: { light } };

/** Repeats after `retry_after_ms` until the rate limit allows it. */
async function askInTime(client: TestClient, message: object): Promise<ReceivedFrame> {
  for (;;) {
    const answer = await client.ask(message);
    if (answer.data.code !== 'rate_limited') return answer;
    await sleep(answer.data.retry_after_ms);
  }
}

type Start = (settings?: Record<string, string>) => Promise<TestServer>;

/** @param expiring  the host's settings with which an answer expires soon */
function handledOnce(start: Start, expiring: Record<string, string>): void {
  let server: TestServer;

  async function connect(settings?: Record<string, string>): Promise<TestClient> {
    server = await start(settings);
    handled = 0;
    return TestClient.connect(server.webSocketUrl);
  }
  afterEach(() => {
    jest.restoreAllMocks();
    return server.stop();
  });

  it('refuses a repeat whose answer is no longer stored', async () => {
    const client = await connect(expiring);
    const first = await client.ask({ ...ADD, ...NUMBERED });
    let again = first;
    for (let tries = 0; again.type === 'tool_response' && tries < 500; tries += 1) {
      await client.ask({ ...ADD, message_id: `other-${tries}` });
      again = await client.ask({ ...ADD, ...NUMBERED });
      if (again.type === 'tool_response') expect(again).toEqual(first);
    }
    expect(again.data).toMatchObject({ code: 'invalid_message', details: [{ path: 'sender_seq' }] });
  });

  it('refuses a repeat whose answer came from a task and is no longer stored', async () => {
    const client = await connect(expiring);
    const first = await client.ask({ ...CHAT, ...NUMBERED });
    expect(first).toMatchObject({ type: 'chat_response', data: { content: 'Hi' } });
    let again = first;
    for (let tries = 0; again.type === 'chat_response' && tries < 500; tries += 1) {
      await client.ask({ ...ADD, message_id: `other-${tries}` });
      again = await client.ask({ ...CHAT, ...NUMBERED });
      if (again.type === 'chat_response') expect(again).toEqual(first);
    }
    expect(again.data).toMatchObject({ code: 'invalid_message', details: [{ path: 'sender_seq' }] });
    expect(handled).toBe(1);
  });

  it('gives a refused question that a task would answer no position, and answers it when it is repeated', async () => {
    const client = await connect({ CLIENT_RATE: '2', CLIENT_BURST: '2' });
    const { epoch } = client;
    const numbers = [1, 2, 3, 4, 5];
    for (const number of numbers) client.send({ ...CHAT, message_id: `m-${number}`, sender: 's', sender_seq: number });
    const answers: ReceivedFrame[] = [];
    while (answers.length < numbers.length) {
      const frame = await client.next();
      if (frame.type !== 'processing') answers.push(frame);
    }
    const refused = answers.filter(({ data }) => data.code === 'rate_limited');
    expect(refused).not.toEqual([]);
    for (const frame of refused) expect(frame).not.toHaveProperty('seq');

    const replies = answers.filter((frame) => !refused.includes(frame));
    replies.sort((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
    const { data } = await askInTime(client, { type: 'resume', data: { epoch, seq: 0 } });
    expect(data).toMatchObject({ recovered: true, frames: replies, void: [] });

    const number = Number(refused[0]?.reply_to?.slice(2));
    const again = await askInTime(client, { ...CHAT, message_id: 'again', sender: 's', sender_seq: number });
    expect(again).toMatchObject({ type: 'chat_response', data: { content: 'Hi' } });
    expect(handled).toBe(replies.length + 1);
  });

  it('accounts for the position of a refused message, which is handled when it is repeated', async () => {
    const client = await connect({ CLIENT_RATE: '2', CLIENT_BURST: '2' });
    const numbers = [1, 2, 3, 4, 5];
    for (const number of numbers) client.send({ ...ADD, ...NUMBERED, message_id: `m-${number}`, sender_seq: number });
    const answers: ReceivedFrame[] = [];
    while (answers.length < numbers.length) answers.push(await client.next());
    answers.sort((one, other) => (one.seq ?? 0) - (other.seq ?? 0));
    const refused = answers.find(({ data }) => data.code === 'rate_limited');

    const { data } = await askInTime(client, { type: 'resume', data: { epoch: client.epoch, seq: 0 } });
    expect(data).toMatchObject({ recovered: true, frames: answers, void: [] });

    const number = Number(refused?.reply_to?.slice(2));
    const again = await askInTime(client, { ...ADD, ...NUMBERED, sender_seq: number });
    expect(again).toMatchObject({ type: 'tool_response', data: { result: 3 } });
  });

  it('handles a numbered message of the team’s type once, and answers a repeat', async () => {
    const client = await connect();
    const message = { type: 'light', data: {}, ...NUMBERED };
    const first = await client.ask(message);
    expect(first).toMatchObject({ type: 'lit', seq: 1 });
    expect(await client.ask(message)).toEqual(first);
    expect(handled).toBe(1);
  });

  it('handles a message once while its handler runs, even if the process is so busy that this takes longer than a handler may', async () => {
    const client = await connect();
    let release = () => {};
    released = new Promise((resolve) => {
      release = resolve;
    });
    const message = { type: 'light', data: { slow: true }, ...NUMBERED };
    client.send(message);
    await eventually(async () => expect(handled).toBe(1));
    const { now } = Date;
    jest.spyOn(Date, 'now').mockImplementation(() => now() + HANDLER_LEASE_MS); // no timer has come due meanwhile
    client.send(message);
    expect((await client.nextOf('error')).data.code).toBe('in_progress');
    release();
    const first = await client.nextOf('lit');
    await eventually(async () => {
      const again = await client.ask(message);
      expect(again.data).toEqual(first.data);
    });
    expect(handled).toBe(1);
  });

  it('handles a numbered message without an answer once, and refuses a repeat', async () => {
    const client = await connect();
    const { epoch } = client;
    const message = { type: 'light', data: { silent: true }, ...NUMBERED };
    client.send(message);
    let again = await client.ask(message);
    while (again.data.code === 'in_progress') again = await client.ask(message);
    expect(again.data).toMatchObject({ code: 'invalid_message', details: [{ path: 'sender_seq' }] });
    expect(handled).toBe(1);
    const { data } = await client.ask({ type: 'resume', data: { epoch, seq: 0 } });
    expect(data).toMatchObject({ recovered: true, frames: [], void: [1] });
  });
}

describe('in memory', () => {
  handledOnce((settings) => startTestServer({ CLIENT_RATE: '0', ...settings }, { app }), { HISTORY_PER_CLIENT: '4' });
});

describe('on disk', () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'switchboard-once-'));
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  handledOnce((settings) => startTestServer({ CLIENT_RATE: '0', DATA_DIR: folder, ...settings }, { app }), {
    HISTORY_PER_CLIENT: '4',
  });
});

describe('on the wire', () => {
  let dynamo: RunningDynamo;
  beforeAll(async () => {
    dynamo = await startDynalite();
  });
  afterAll(() => dynamo.stop());
  handledOnce(
    (settings) =>
      startTestServer({ CLIENT_RATE: '0', DYNAMODB_ENDPOINT: dynamo.url, ...settings }, { app, wire: true }),
    { HISTORY_SECONDS: '2' },
  );
});
