/** A client that missed more broadcasts than the server keeps on one machine is told so. */
import { call } from '../support/http';
import { startTestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

const LARGE = 120_000;

/** More than the 16 MiB that the server keeps. */
const COUNT = 150;

it('a client that missed broadcasts that are no longer kept is told so', async () => {
  const server = await startTestServer();
  const send = (text: string) => call('POST', `${server.httpUrl}/broadcast`, { message_type: 'news', data: { text } });
  const client = await TestClient.open(server.webSocketUrl);
  const { epoch, seq, broadcast, resume_token: token } = (await client.next()).data;
  await client.close();
  for (let count = 0; count < COUNT; count++) await send('x'.repeat(LARGE));
  const again = await TestClient.open(`${server.webSocketUrl}/?resume=${token}`);
  const { broadcast: late } = (await again.next()).data;
  await send('small');
  await again.nextOf('news');
  const missed = await again.ask({ type: 'resume', data: { epoch, seq, broadcast } });
  expect(missed.data).toMatchObject({ recovered: false, reason: 'expired', epoch, seq });
  const none = await again.ask({ type: 'resume', data: { epoch, seq } });
  expect(none.data).toMatchObject({ recovered: true });
  const kept = await again.ask({ type: 'resume', data: { epoch, seq, broadcast: `${late}~` } });
  expect(kept.data).toMatchObject({ recovered: true, frames: [{ type: 'news', data: { text: 'small' } }] });
  await again.close();
  await server.stop();
});
