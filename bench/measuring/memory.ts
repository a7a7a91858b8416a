/** What a silent connection costs in memory: the difference that so many of them make, after a collection each time. */
import { closeClients, openClients, type Trial } from './trial';

/** Clients that come and go first, so that what is loaded and compiled for the first of them is not counted. */
const FIRST = 100;

/** In KiB a connection. */
export async function measureMemory(trial: Trial, connections: number): Promise<void> {
  await openClients(trial, FIRST);
  await closeClients(trial);
  const before = await trial.server.usage('memory');
  await openClients(trial, connections);
  const after = await trial.server.usage('memory');
  await closeClients(trial);
  trial.record('memory_rss', (after.rss - before.rss) / connections / 1_024);
  trial.record('memory_heap', (after.heap - before.heap) / connections / 1_024);
}
