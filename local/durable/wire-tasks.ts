/** Tasks of `--wire` that outlive the process, as Lambda's queue would: in a folder of their own. The rest is in DynamoDB. */
import type { Log } from '../../lambdas/ports/runtime';
import { openDataFolder } from './data-folder';
import { openDurableTasks } from './durable-tasks';
import { Journal } from './journal';

/** @param dataDir  beside which the folder is @throws DataFolderError */
export async function openWireTasks(dataDir: string, log: Log) {
  const folder = await openDataFolder(`${dataDir}-wire`);
  const journal = new Journal({ folder, log });
  const records = await openDurableTasks(folder, journal);
  return { records, close: () => journal.close().then(() => folder.close()) };
}
