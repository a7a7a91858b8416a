/**
 * The persistent stores of one machine. All data is in memory and is read from there; the disk has what the next start needs. So reads
 * are as fast as in memory, and both have the same limits.
 */
import type { RateLimit } from '../../lambdas/ports/rate-limit';
import type { Clock, Log } from '../../lambdas/ports/runtime';
import type { CreateWebhooks } from '../events/open-webhooks';
import { createDataFolder, openDataFolder } from './data-folder';
import { openDurableAnswers } from './durable-answers';
import { openDurableBroadcasts } from './durable-broadcasts';
import { openDurableClientTools } from './durable-client-tools';
import { openDurableClients } from './durable-clients';
import { openDurableEvents } from './durable-events';
import { openDurableGroups } from './durable-groups';
import { openDurableHistory } from './durable-history';
import { openDurableRecords } from './durable-records';
import { openDurableTasks } from './durable-tasks';
import { Journal } from './journal';

/** The options of the in-memory stores. */
export interface DurableStoresOptions {
  clock: Clock;
  historySeconds: number;
  historyPerClient: number;
  historyTotalBytes: number;
  rateLimit?: RateLimit;
  log: Log;
  /** Omitted if there are no receivers of events. */
  createWebhooks?: CreateWebhooks;
}

/** @throws DataFolderError */
export async function openDurableStores(path: string, options: DurableStoresOptions) {
  const folder = await openDataFolder(path);
  const journal = new Journal({ folder, log: options.log });
  try {
    const webhooks = options.createWebhooks?.(await openDurableEvents(folder, journal));
    const watch = webhooks?.watch;
    const ofHistory = { ...options, watch: watch?.history };
    const { history, calls, forget, bytes } = await openDurableHistory(ofHistory, folder, journal);
    const ofClients = { ...options, presence: watch?.presence, onForgotten: forget };
    const clients = await openDurableClients(ofClients, folder, journal);
    const clientTools = await openDurableClientTools(options, folder, journal);
    const broadcasts = await openDurableBroadcasts({ ...options, watch: watch?.broadcasts }, folder, journal);
    const groups = await openDurableGroups(options, folder, journal);
    const answers = await openDurableAnswers(options, folder, journal);
    const records = await openDurableRecords(options, folder, journal);
    const tasks = await openDurableTasks(folder, journal);
    return {
      clients,
      history,
      historyBytes: bytes,
      calls,
      clientTools,
      broadcasts,
      groups,
      answers,
      records,
      tasks,
      webhooks,
      /** Copies the current data to another folder, from which a server can start. @throws DataFolderError */
      backUp: (to: string) => createDataFolder(to, folder.snapshot()),
      probe: () => journal.stored(),
      close: () => journal.close().then(() => folder.close()),
    };
  } catch (error) {
    await folder.close();
    throw error;
  }
}
