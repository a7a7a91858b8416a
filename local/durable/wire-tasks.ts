/** Persists tasks of `--wire` in their own folder, as Lambda's queue would. All other data is in DynamoDB. */
import type { Log } from '../../lambdas/ports/runtime';
import { openDataFolder } from './data-folder';
import { openDurableTasks } from './durable-tasks';
import { Journal } from './journal';

/** @param dataDir  the new folder is next to it @throws DataFolderError */
export async function openWireTasks(dataDir: string, log: Log) {
  const folder = await openDataFolder(`${dataDir}-wire`);
  const journal = new Journal({ folder, log });
  const records = await openDurableTasks(folder, journal);
  return { records, close: () => journal.close().then(() => folder.close()) };
}
