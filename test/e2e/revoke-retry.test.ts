/** A revocation while the store refuses to list clients. */
import { startFlakyStore } from '../support/flaky-store';
import { call } from '../support/http';
import { createKeysFile } from '../support/keys-file';
import { startTestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

test('a revocation whose task failed is completed once the store works again', async () => {
  const keys = createKeysFile();
  const store = await startFlakyStore();
  const settings = { AUTH: 'token', KEYS_FILE: keys.path, DYNAMODB_ENDPOINT: store.url };
  const server = await startTestServer(settings, { wire: true });
  try {
    const post = (path: string, body: object) =>
      call('POST', server.httpUrl + path, body, { authorization: `Bearer ${keys.read().api_key.current}` });
    const { body } = await post('/tokens', { labels: ['acme'] });
    const client = await TestClient.connect(body.websocket_url);
    store.only = 'Scan';
    store.mood = 'fails';
    expect((await post('/revocations', { label: 'acme' })).status).toBe(202);
    const hasFailed = () =>
      server.log.some(({ event, fields }) => event === 'task_failed' && fields?.task === 'revoke');
    while (!hasFailed()) await new Promise((resolve) => setTimeout(resolve, 20));
    store.mood = 'works';
    expect(await client.nextOf('connection_closing')).toMatchObject({ data: { reason: 'revoked' } });
    await client.closed;
  } finally {
    await server.stop();
    await store.stop();
    keys.remove();
  }
});
