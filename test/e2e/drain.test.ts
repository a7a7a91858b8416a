/** A planned stop: what clients are told, and how calls are answered meanwhile. */

import { deferred } from '../support/deferred';
import { handshake } from '../support/handshake';
import { call } from '../support/http';
import { startTestServer } from '../support/local-server';
import { testApp } from '../support/test-app';
import { TestClient } from '../support/test-client';

/** A server with a client that waits for an answer, so that a stop lasts until the test provides it. */
async function startBusy(environment: Record<string, string> = {}) {
  const asked = deferred();
  const answer = deferred<string>();
  const responder = {
    inline: true,
    model: 'slow',
    respond() {
      asked.resolve();
      return answer.promise;
    },
  };
  const server = await startTestServer(environment, { app: { ...testApp, responder } });
  const client = await TestClient.connect(server.webSocketUrl);
  client.send({ type: 'chat_message', data: { content: 'wait' }, message_id: 'm-1' });
  await asked.promise;
  return { server, client, answer };
}

it('clients are told when to reconnect, each at a different time', async () => {
  const server = await startTestServer({ DRAIN_SECONDS: '8' });
  const clients = await Promise.all(Array.from({ length: 4 }, () => TestClient.connect(server.webSocketUrl)));
  const farewells = Promise.all(clients.map((client) => client.nextOf('connection_closing')));
  await server.stop();
  const data = (await farewells).map((frame) => frame.data);
  expect(data.map(({ reason, reconnect }) => [reason, reconnect])).toEqual(Array(4).fill(['stopping', true]));
  expect(data.map(({ after_ms }) => after_ms).sort((a, b) => a - b)).toEqual([1_000, 3_000, 5_000, 7_000]);
  expect((await Promise.all(clients.map(({ closed }) => closed))).map(({ code }) => code)).toEqual(Array(4).fill(1001));
});

it('an answer under way arrives before connection_closing, which is the last frame', async () => {
  const { server, client, answer } = await startBusy();
  const stopped = server.stop();
  answer.resolve('at last');
  expect((await client.nextOf('chat_response')).data.content).toBe('at last');
  expect((await client.next()).type).toBe('connection_closing');
  await stopped;
  await expect(client.next()).rejects.toThrow('closed with 1001');
});

it('while clients leave, /ready says draining, handshakes are refused, and /health and the other calls still work', async () => {
  const { server, client, answer } = await startBusy();
  const other = await TestClient.connect(server.webSocketUrl);
  const stopped = server.stop();
  await other.closed;
  const ready = await call('GET', `${server.httpUrl}/ready`);
  const health = await call('GET', `${server.httpUrl}/health`);
  const { headers } = await fetch(`${server.httpUrl}/health`);
  const refusal = await handshake(server.webSocketUrl);
  const pushes = await Promise.all([
    call('POST', `${server.httpUrl}/send_message`, { client_id: client.clientId, content: 'to who is still here' }),
    call('POST', `${server.httpUrl}/send_message`, { client_id: other.clientId, content: 'to who has left' }),
  ]);
  answer.resolve('done');
  expect((await client.nextOf('chat_message')).data.content).toBe('to who is still here');
  await stopped;
  expect([ready.status, ready.body.code, health.status]).toEqual([503, 'draining', 200]);
  expect(headers.get('connection')).toBe('close'); // so that a busy caller does not delay the stop
  expect([refusal.status, refusal.headers['retry-after']]).toEqual([503, '5']);
  expect(pushes.map(({ status, body }) => [status, body.delivery ?? body.code])).toEqual([
    [200, 'posted'],
    [404, 'client_not_found'],
  ]);
  await expect(call('GET', `${server.httpUrl}/health`)).rejects.toThrow('fetch failed');
});
