/** The memory of a silent connection: the difference that many of them make, each time after a garbage collection. */
import { closeClients, openClients, type Trial } from './trial';

/** Clients that connect and leave first, so that code loaded and compiled for the first clients is not counted. */
const FIRST = 100;

/** In KiB per connection. */
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
