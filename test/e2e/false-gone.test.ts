/** API Gateway sometimes answers 410 for a live connection. Its client is taken offline, and comes back online by itself. */
import { systemClock } from '../../lambdas/ports/runtime';
import { LiveConnection } from '../../local/gateway/live-connection';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

/** In milliseconds. A 410 is only believed for a connection older than a minute. */
const LATER = 120_000;

describe.each([
  ['in memory', false],
  ['--wire', true],
])('a client whose push was answered with a false 410, %s', (_, wire) => {
  let server: TestServer;
  let client: TestClient;

  beforeEach(async () => {
    server = await startTestServer({}, { wire });
    client = await TestClient.connect(server.webSocketUrl);
  });

  afterEach(async () => {
    jest.restoreAllMocks();
    await client.close();
    await server.stop();
  });

  const push = () => call('POST', `${server.httpUrl}/send_message`, { client_id: client.clientId, content: 'hello' });
  const listed = async () => {
    const { body } = await call('GET', `${server.httpUrl}/clients`);
    return body.clients.map(({ client_id }: { client_id: string }) => client_id);
  };

  /** Both POST and GET of @connections answer 410, although the socket is open. */
  async function pushWithFalse410(): Promise<number> {
    const now = Date.now() + LATER;
    jest.spyOn(systemClock, 'now').mockReturnValue(now);
    jest.spyOn(LiveConnection.prototype, 'isOpen', 'get').mockReturnValue(false);
    const { status } = await push();
    jest.restoreAllMocks();
    return status;
  }

  it('is taken offline', async () => {
    expect(await listed()).toEqual([client.clientId]);
    expect(await pushWithFalse410()).toBe(409);
    expect(await listed()).toEqual([]);
    expect((await push()).status).toBe(404);
  });

  it('is listed again after its next message, and gets the next push', async () => {
    expect(await pushWithFalse410()).toBe(409);
    expect(await listed()).toEqual([]);
    expect(await client.ask({ type: 'ping' })).toMatchObject({ type: 'pong' });
    expect(await listed()).toEqual([client.clientId]);
    expect((await push()).status).toBe(200);
    expect(await client.nextOf('chat_message')).toMatchObject({ data: { content: 'hello' } });
  });
});
