/** In-memory tools of clients; above a limit the oldest registrations are dropped. */
import { CLIENT_TOOLS_SECONDS, type ClientTool, type ClientToolStore } from '../../lambdas/ports/client-tool-store';
import type { Clock } from '../../lambdas/ports/runtime';
import { parseJson, stringifyJson } from '../../lambdas/protocol/json';

/** Characters of all tools together. */
const MAX_CHARACTERS = 16 * 1_048_576;

/** The tools of one client, as JSON. */
export interface KnownTools {
  clientId: string;
  text: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

/** Called with changes. */
export interface ClientToolChanges {
  changed(tools: KnownTools): void;
  dropped(clientId: string): void;
}

export interface MemoryClientToolsOptions {
  clock: Clock;
  /** Maximum characters of all tools. */
  limit?: number;
  changes?: ClientToolChanges;
  /** From an earlier process, ordered by expiry. */
  known?: readonly KnownTools[];
}

export function createMemoryClientTools(options: MemoryClientToolsOptions): ClientToolStore {
  const { clock, limit = MAX_CHARACTERS, changes, known = [] } = options;
  /** By client, ordered by expiry. */
  const entries = new Map(known.map((tools) => [tools.clientId, tools]));
  let characters = known.reduce((sum, { text }) => sum + text.length, 0);

  function drop(entry: KnownTools | undefined): void {
    if (!entry) return;
    entries.delete(entry.clientId);
    characters -= entry.text.length;
    changes?.dropped(entry.clientId);
  }

  return {
    async set(clientId, tools) {
      drop(entries.get(clientId));
      const now = clock.now();
      const entry = { clientId, text: stringifyJson(tools), expiresAt: now + CLIENT_TOOLS_SECONDS * 1_000 };
      entries.set(clientId, entry);
      characters += entry.text.length;
      changes?.changed(entry);
      for (const oldest of entries.values()) {
        if (oldest.expiresAt > now && characters <= limit) return;
        drop(oldest);
      }
    },

    async get(clientId) {
      const entry = entries.get(clientId);
      return entry && entry.expiresAt > clock.now() ? (parseJson(entry.text) as ClientTool[]) : undefined;
    },
  };
}
