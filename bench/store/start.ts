/** How long a start takes with a lot of data on disk, and how much data that is. */
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemClock as clock, isoTime } from '../../lambdas/ports/runtime';
import { openDurableStores } from '../../local/durable/durable-stores';

const CLIENTS = 100_000;
/** Exchanges of two messages each: with 300 bytes per message, all of `HISTORY_TOTAL_BYTES`. */
const EXCHANGES = 100_000;

export interface StartFigures {
  clients: number;
  messages: number;
  megabytes: number;
  /** Milliseconds until the stores are ready. */
  open: number;
}

export async function measureStart(say: (text: string) => void): Promise<StartFigures> {
  say(`start: ${CLIENTS} clients, ${EXCHANGES} exchanges`);
  const folder = mkdtempSync(join(tmpdir(), 'switchboard-start-'));
  const path = join(folder, 'data');
  const log = { debug() {}, info() {}, warn() {}, error() {} };
  const bounds = { historySeconds: 86_400, historyPerClient: 1_000, historyTotalBytes: 67_108_864 };
  const options = { clock, log, ...bounds };
  try {
    const filled = await openDurableStores(path, options);
    for (let first = 0; first < CLIENTS; first += 1_000) {
      await Promise.all(
        Array.from({ length: 1_000 }, (_, index) => chat(filled, `client-${first + index}`, first < EXCHANGES)),
      );
    }
    await filled.close();
    const start = performance.now();
    const again = await openDurableStores(path, options);
    const open = performance.now() - start;
    await again.close();
    const store = join(path, 'store');
    const megabytes = readdirSync(store).reduce((sum, name) => sum + statSync(join(store, name)).size, 0) / 1e6;
    return { clients: CLIENTS, messages: 2 * EXCHANGES, megabytes, open };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function chat(
  { clients, history }: Awaited<ReturnType<typeof openDurableStores>>,
  clientId: string,
  isKept: boolean,
) {
  const now = isoTime(clock.now());
  const connection = { clientId, connectionId: clientId, connectedAt: now, labels: [] };
  await clients.connect(connection);
  const { position } = await clients.receive(connection, now, 'durable');
  const record = {
    messageId: clientId,
    type: 'chat_message',
    data: { content: 'How do you do?' },
    timestamp: now,
    size: 120,
  };
  if (isKept) {
    const records = [
      { ...record, direction: 'in' as const },
      { ...record, direction: 'out' as const, replyTo: clientId },
    ];
    await history.put({ clientId, position, records });
  }
  await clients.disconnect(clientId, clientId);
}
