/** What a client is told of limits when it connects: those of the server's settings. */
import { startTestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

it.each<[environment: Record<string, string>, told: object]>([
  [{}, { heartbeat_seconds: 45, max_frame_bytes: 131_072 }],
  [{ HEARTBEAT_SECONDS: '7' }, { heartbeat_seconds: 7 }],
  [{ HEARTBEAT_SECONDS: '7200' }, { heartbeat_seconds: 450 }],
  [{ IDLE_SECONDS: '20' }, { heartbeat_seconds: 15 }], // or the ping would come too late
  [{ MAX_FRAME_BYTES: '32768' }, { max_frame_bytes: 32_768 }],
  [{ HISTORY_SECONDS: '3600' }, { resumable_seconds: 3_600 }],
])('with %j it is %j', async (environment, told) => {
  const server = await startTestServer(environment);
  const client = await TestClient.open(server.webSocketUrl);
  const { data } = await client.nextOf('connection_established');
  await client.close();
  await server.stop();
  expect(data).toMatchObject(told);
});
