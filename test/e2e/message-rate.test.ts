/** The rate limit for a client's messages on a real server: refusals, and the end of a flood. */
import { setTimeout } from 'node:timers/promises';
import { startTestServer, type TestServer } from '../support/local-server';
import { type ReceivedFrame, TestClient } from '../support/test-client';

const BURST = 10;

let server: TestServer;
let client: TestClient;

beforeEach(async () => {
  server = await startTestServer({ CLIENT_RATE: '1', CLIENT_BURST: String(BURST) });
  client = await TestClient.connect(server.webSocketUrl);
});

afterEach(() => server.stop());

/** The first answer that is not a pong. */
async function refusalOfPings(): Promise<ReceivedFrame> {
  for (;;) {
    const frame = await client.ask({ type: 'ping' });
    if (frame.type !== 'pong') return frame;
  }
}

async function framesUntilClosed(): Promise<ReceivedFrame[]> {
  const frames: ReceivedFrame[] = [];
  for (;;) {
    const frame = await client.next().catch(() => undefined);
    if (!frame) return frames;
    frames.push(frame);
  }
}

async function expectEndOfFlood(): Promise<void> {
  for (let count = 0; count < 10 * BURST; count += 1) client.send({ type: 'ping' });
  const frames = await framesUntilClosed();
  expect(frames.filter(({ type }) => type === 'pong').length).toBeGreaterThanOrEqual(BURST);
  expect(frames.map(({ data }) => data.code)).toContain('rate_limited');
  const closing = frames.filter(({ type }) => type === 'connection_closing').map(({ data }) => data);
  expect(closing).toEqual([{ reason: 'too_fast', reconnect: true, after_ms: 10_000 }]);
  expect(server.log.filter(({ event }) => event === 'too_fast')).toHaveLength(1);
}

it('a message above the rate is refused, and is accepted after retry_after_ms', async () => {
  const { type, data } = await refusalOfPings();
  expect([type, data.code]).toEqual(['error', 'rate_limited']);
  expect(data.retry_after_ms).toBeGreaterThan(0);
  await setTimeout(data.retry_after_ms);
  expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
});

it('a client far above the rate gets too_fast once, and is disconnected', async () => {
  await expectEndOfFlood();
});

it('the same on the wire', async () => {
  await server.stop();
  server = await startTestServer({ CLIENT_RATE: '1', CLIENT_BURST: String(BURST) }, { wire: true });
  client = await TestClient.connect(server.webSocketUrl);
  await expectEndOfFlood();
});
