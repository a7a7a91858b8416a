/** The limits that a client is told: those in the server's settings, when it connects and when it reaches one. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { Socket } from 'node:net';
import { startTestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

it.each<[environment: Record<string, string>, told: object]>([
  [{}, { heartbeat_seconds: 45, max_frame_bytes: 131_072 }],
  [{ HEARTBEAT_SECONDS: '7' }, { heartbeat_seconds: 7 }],
  [{ HEARTBEAT_SECONDS: '7200' }, { heartbeat_seconds: 450 }],
  [{ IDLE_SECONDS: '20' }, { heartbeat_seconds: 15 }], // otherwise the ping would be too late
  [{ MAX_FRAME_BYTES: '32768' }, { max_frame_bytes: 32_768 }],
  [{ HISTORY_SECONDS: '3600' }, { resumable_seconds: 3_600 }],
])('the greeting with %j is %j', async (environment, told) => {
  const server = await startTestServer(environment);
  const client = await TestClient.open(server.webSocketUrl);
  const { data } = await client.nextOf('connection_established');
  await client.close();
  await server.stop();
  expect(data).toMatchObject(told);
});

it('the answer to the handshake and the greeting leave in one write', async () => {
  const server = await startTestServer({});
  const port = Number(new URL(server.webSocketUrl).port);
  let writes = 0;
  const count = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    if (socket.localPort !== port) return;
    for (const name of ['_write', '_writev'] as const) {
      const write = (socket[name] as (...given: unknown[]) => void).bind(socket);
      socket[name] = (...given: unknown[]) => {
        writes += 1;
        write(...given);
      };
    }
  };
  subscribe('net.server.socket', count);
  const client = await TestClient.open(server.webSocketUrl);
  await client.nextOf('connection_established');
  unsubscribe('net.server.socket', count);
  const sent = writes;
  await client.close();
  await server.stop();
  expect(sent).toBe(1);
});

it('a client is told that its connection expires before it is closed as idle', async () => {
  const server = await startTestServer({ IDLE_SECONDS: '1' });
  const client = await TestClient.open(server.webSocketUrl);
  expect((await client.nextOf('connection_closing')).data).toEqual({ reason: 'expires', reconnect: true });
  expect((await client.closed).code).toBe(1001);
  await server.stop();
});
