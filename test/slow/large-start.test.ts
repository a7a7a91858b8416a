/** A start with a lot of data on disk. */
import type { HistoryRecord } from '../../lambdas/ports/history-store';
import { isoTime } from '../../lambdas/ports/runtime';
import { newFolder, openStores, removeFolders } from '../support/data-folder';
import { createFakeClock } from '../support/fake-clock';

afterAll(removeFolders);

function recordOf(messageId: string): HistoryRecord {
  const timestamp = '2099-01-01T00:00:00.000Z';
  return { direction: 'out', messageId, type: 'chat_message', data: { content: messageId }, timestamp, size: 100 };
}

test('a start with 100,000 records finds all of them', async () => {
  const clock = createFakeClock();
  const path = newFolder();
  let stores = await openStores(path, { clock });
  const [CLIENTS, AT_ONCE] = [50_000, 10_000];
  for (let first = 0; first < CLIENTS; first += AT_ONCE) {
    await Promise.all(
      Array.from({ length: AT_ONCE }, async (_, index) => {
        const clientId = `client-${first + index}`;
        const connection = { clientId, connectionId: 'c-1', connectedAt: isoTime(clock.now()), labels: [] };
        const { position } = await stores.clients.connect(connection);
        await stores.clients.receive(connection, isoTime(clock.now()), 'durable');
        await stores.history.put({ clientId, position: { ...position, seq: 1 }, records: [recordOf(clientId)] });
      }),
    );
  }
  await stores.close();
  stores = await openStores(path, { clock });
  let missing = 0;
  for (let index = 0; index < CLIENTS; index++) {
    const clientId = `client-${index}`;
    const { rows } = await stores.history.page(clientId, { limit: 2 });
    const push = await stores.clients.startPush(clientId, true);
    if (rows.length !== 1 || rows[0]?.messageId !== clientId || push?.position.seq !== 2) missing += 1;
  }
  await stores.close();
  expect(missing).toBe(0);
});
