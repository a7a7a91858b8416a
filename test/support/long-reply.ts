/** Long replies of a counting model on a real server: one whose client reconnects in the middle, and one that its client cancels. */
import { setTimeout as pause } from 'node:timers/promises';
import { chunk, type FakeEndpoint, LAST_CHUNKS, startFakeEndpoint } from './fake-endpoint';
import { startTestServer } from './local-server';
import { TestClient } from './test-client';

export const TOKENS_PER_SECOND = 50;

export interface CountedAnswer {
  /** When the first token was sent, in milliseconds of `performance.now()`. */
  firstAt: number;
  text: string;
  /** When the server's connection was closed before the answer was complete. */
  closedAt: number | undefined;
}

export interface LongReply {
  seconds: number;
  /** Frames on both connections. */
  frames: number;
  /** Whether the answer is the model's text, and every text shown before is a prefix of it. */
  isWhole: boolean;
  /** Whether the first piece on the second connection had the whole text so far. */
  wentOn: boolean;
  /** Milliseconds from a cancel until the model's connection was closed. */
  msToClose: number;
}

/** Answers the next request, token by token, until the answer is complete or the connection closed. */
export async function answerByCounting(endpoint: FakeEndpoint, seconds: number): Promise<CountedAnswer> {
  const { response, cutOff } = await endpoint.next();
  let closedAt: number | undefined;
  cutOff.then(() => {
    closedAt = performance.now();
  });
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const firstAt = performance.now();
  let text = '';
  for (let token = 0; token < seconds * TOKENS_PER_SECOND && closedAt === undefined; token++) {
    const due = firstAt + (token * 1_000) / TOKENS_PER_SECOND;
    if (due > performance.now()) await Promise.race([pause(due - performance.now()), cutOff]);
    const word = `${token} `;
    text += word;
    response.write(chunk({ content: word }));
  }
  if (closedAt === undefined) response.end(LAST_CHUNKS);
  return { firstAt, text, closedAt };
}

/** A server on either host in front of such a model. */
export async function startCounting(wire: boolean) {
  const endpoint = await startFakeEndpoint();
  const server = await startTestServer(
    { RESPONDER: 'openai', RESPONDER_URL: endpoint.url, RESPONDER_MODEL: 'counter', RESPONDER_SECONDS: '840' },
    { wire },
  );
  return {
    endpoint,
    url: server.webSocketUrl,
    async stop() {
      await server.stop();
      endpoint.stop();
    },
  };
}

export async function runLongReply(wire: boolean, seconds: number): Promise<LongReply> {
  const { endpoint, url, stop } = await startCounting(wire);
  const begun = performance.now();
  const answered = answerByCounting(endpoint, seconds);
  let client = await TestClient.connect(url);
  client.send({ type: 'chat_message', data: { content: 'Count.', stream: true }, message_id: 'long' });

  const shown: string[] = [];
  let wentOn = false;
  let hasMoved = false;
  for (let frames = 1; ; frames++) {
    const { type, data } = await client.next();
    if (type === 'chat_delta') {
      const before = shown.at(-1) ?? '';
      if (hasMoved && data.content !== undefined) wentOn ||= data.content.length >= before.length;
      shown.push(data.content ?? before + data.delta);
      if (hasMoved || performance.now() - begun < (seconds * 1_000) / 2) continue;
      hasMoved = true;
      await client.close();
      client = await TestClient.connect(`${url}/?resume=${client.resumeToken}`);
    }
    if (type !== 'chat_response') continue;
    const { text } = await answered;
    const isWhole = data.status === 'completed' && data.content === text && shown.every((one) => text.startsWith(one));
    const took = (performance.now() - begun) / 1_000;
    const msToClose = await cancelled(client, endpoint, seconds);
    await client.close();
    await stop();
    return { seconds: took, frames, isWhole, wentOn, msToClose };
  }
}

/** Cancels an answer of the same length. @returns milliseconds until the model's connection was closed */
async function cancelled(client: TestClient, endpoint: FakeEndpoint, seconds: number): Promise<number> {
  const answered = answerByCounting(endpoint, seconds);
  client.send({ type: 'chat_message', data: { content: 'Count again.', stream: true }, message_id: 'cancelled' });
  await client.nextOf('chat_delta');
  const cancelledAt = performance.now();
  client.send({ type: 'cancel', data: { message_id: 'cancelled' } });
  const { closedAt } = await answered;
  const { data } = await client.nextOf('chat_response');
  return data.status === 'cancelled' && closedAt !== undefined ? closedAt - cancelledAt : Number.NaN;
}
