/** Presence while the store refuses to read what has changed. */
import { startFlakyStore } from '../support/flaky-store';
import { call } from '../support/http';
import { startTestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

test('a change of presence whose task fails is told once the store answers again', async () => {
  const store = await startFlakyStore();
  const server = await startTestServer({ PRESENCE_GROUPS: 'room', DYNAMODB_ENDPOINT: store.url }, { wire: true });
  try {
    const put = (clientId: string) => call('PUT', `${server.httpUrl}/groups/room/clients/${clientId}`);
    const client = await TestClient.connect(server.webSocketUrl);
    await put(client.clientId);
    const watched = await client.ask({ type: 'watch_presence', data: { group: 'room' } });
    expect(watched).toMatchObject({ data: { watching: true } });
    await put('newcomer');
    store.only = 'Query'; // the task reads the changes two seconds later
    store.mood = 'fails';
    const hasFailed = () =>
      server.log.some(({ event, fields }) => event === 'task_failed' && fields?.task === 'presence');
    while (!hasFailed()) await new Promise((resolve) => setTimeout(resolve, 20));
    store.mood = 'works';
    const changed = await client.nextOf('presence_changed');
    expect(changed.data.offline).toContain('newcomer');
    await client.close();
  } finally {
    await server.stop();
    await store.stop();
  }
});
