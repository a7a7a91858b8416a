/** Reads the messages of a data folder that no server uses. */
import { bodyOfRecord } from '../../lambdas/http/bodies';
import { AUDIT } from '../../lambdas/ports/history-store';
import { systemClock } from '../../lambdas/ports/runtime';
import { openDataFolder } from '../../local/durable/data-folder';
import { assertDataFolder } from '../../local/durable/data-folder-format';
import { readMessages } from '../../local/durable/durable-history';

/** A message as in the HTTP API, plus its client. */
export type ExportedMessage = { client_id: string } & Record<string, unknown>;

/**
 * @param clientIds  all clients if empty
 * @throws DataFolderError
 */
export async function* messagesInFolder(path: string, clientIds: readonly string[]): AsyncGenerator<ExportedMessage> {
  await assertDataFolder(path);
  const folder = await openDataFolder(path);
  try {
    for await (const [client_id, record] of readMessages(folder, systemClock.now())) {
      if (client_id === AUDIT) continue; // calls of the API, not messages of a client
      if (clientIds.length === 0 || clientIds.includes(client_id)) yield { client_id, ...bodyOfRecord(record) };
    }
  } finally {
    await folder.close();
  }
}
