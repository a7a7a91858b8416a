/** A broadcast above the inline limit, over real sockets: it is accepted, and continues in the background. */
import { type ChildServer, startChildServer } from '../support/child-server';
import { call } from '../support/http';
import { TestClient } from '../support/test-client';
import { eventually } from './suite/eventually';

const CLIENTS = 600;
/** Small enough for a busy machine: a welcome that the server cannot post within 5 seconds is given up, and nobody would be greeted. */
const AT_A_TIME = 20;

async function connectMany(url: string): Promise<TestClient[]> {
  const clients: TestClient[] = [];
  while (clients.length < CLIENTS) {
    clients.push(...(await Promise.all(Array.from({ length: AT_A_TIME }, () => TestClient.connect(url)))));
  }
  return clients;
}

describe.each([
  ['in memory', []],
  ['--wire', ['--wire']],
])('a broadcast to 600 clients, %s', (_, options) => {
  let server: ChildServer;
  let clients: TestClient[];

  beforeAll(async () => {
    server = await startChildServer({ options, environment: { LOG_LEVEL: 'error' } });
    clients = await connectMany(server.webSocketUrl);
  });

  afterAll(async () => {
    server?.process.kill('SIGTERM');
    const { code, stdout, stderr } = await server.exit;
    // A page that a busy machine has not posted by the end of the stop's grace period is rightly logged as failed posts.
    const failures = [stdout.match(/ error (task|broadcast)(?!_posts_failed).*/g), stderr.match(/\w*Error.*/g)];
    expect({ code, failures }).toEqual({ code: 0, failures: [null, null] });
  });

  async function completed(broadcastId: string) {
    return eventually(async () => {
      const { body } = await call('GET', `${server.httpUrl}/broadcasts/${broadcastId}`);
      expect(body).toMatchObject({ status: 'completed' });
      return body;
    });
  }

  it('is accepted, reaches every client, and is counted', async () => {
    const started = await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'news', data: { number: 1 } });
    const { message_id: messageId, broadcast_id: broadcastId } = started.body;
    expect([started.status, started.body]).toEqual([
      202,
      { status: 'accepted', message_id: messageId, broadcast_id: broadcastId },
    ]);
    const frames = await Promise.all(clients.map((client) => client.next()));
    expect(frames.filter(({ type, message_id: id }) => type !== 'news' || id !== messageId)).toEqual([]);
    const state = await completed(broadcastId);
    expect(state).toEqual({
      broadcast_id: broadcastId,
      status: 'completed',
      recipients: CLIENTS,
      delivered: CLIENTS,
      gone: 0,
      failed: 0,
      started_at: expect.any(String),
      updated_at: state.finished_at,
      finished_at: expect.any(String),
    });
    const { clientId } = clients[5] as TestClient;
    const { body } = await call('GET', `${server.httpUrl}/clients/${clientId}/messages`);
    expect(body.messages).toMatchObject([{ direction: 'out', message_id: messageId, type: 'news' }]);
  });

  it('ends without an error when the server stops', async () => {
    const data = { text: 'x'.repeat(10_000) };
    const { status } = await call('POST', `${server.httpUrl}/broadcast`, { message_type: 'news', data });
    expect(status).toBe(202); // afterAll stops the server, and checks its exit code and its log
  });
});
