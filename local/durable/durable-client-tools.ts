/** Persistent client tools: the in-memory store, plus one record per client on disk. */
import type { ClientToolStore } from '../../lambdas/ports/client-tool-store';
import { createMemoryClientTools, type KnownTools, type MemoryClientToolsOptions } from '../memory/memory-client-tools';
import type { DataFolder } from './data-folder';
import type { Journal } from './journal';
import { KIND } from './record-kinds';

export async function openDurableClientTools(
  options: MemoryClientToolsOptions,
  folder: DataFolder,
  journal: Journal,
): Promise<ClientToolStore> {
  const known: KnownTools[] = [];
  for await (const [, text] of folder.read(KIND.clientTools)) known.push(JSON.parse(text));
  known.sort((one, other) => one.expiresAt - other.expiresAt);
  const changes = {
    changed: (tools: KnownTools) => journal.write(keyOf(tools.clientId), () => JSON.stringify(tools)),
    dropped: (clientId: string) => journal.write(keyOf(clientId), undefined),
  };
  const store = createMemoryClientTools({ ...options, changes, known });
  return {
    ...store,
    async set(clientId, tools) {
      journal.assertWorks();
      await store.set(clientId, tools);
      await journal.stored();
    },
  };
}

/** As JSON, because an id can contain a lone surrogate, which is not valid UTF-8. */
function keyOf(clientId: string): string {
  return KIND.clientTools + JSON.stringify(clientId);
}
