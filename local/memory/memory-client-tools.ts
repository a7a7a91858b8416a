/** In-memory tools of clients; above a limit the largest registrations are dropped, the oldest of them first. */
import { CLIENT_TOOLS_SECONDS, type ClientTool, type ClientToolStore } from '../../lambdas/ports/client-tool-store';
import type { Clock } from '../../lambdas/ports/runtime';
import { parseJson, stringifyJson } from '../../lambdas/protocol/json';
import { SizeClasses, type Sized } from './size-classes';

/** Characters of all tools together. */
const MAX_CHARACTERS = 16 * 1_048_576;

/** The tools of one client, as JSON. */
export interface KnownTools {
  clientId: string;
  text: string;
  /** Milliseconds since 1970. */
  expiresAt: number;
}

interface Entry extends Sized<Entry> {
  tools: KnownTools;
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
  const entries = new Map<string, Entry>();
  const bySize = new SizeClasses<Entry>();
  let characters = 0;
  for (const tools of known) add(tools);

  function add(tools: KnownTools): void {
    const entry: Entry = { tools };
    entries.set(tools.clientId, entry);
    bySize.use(entry, tools.text.length);
    characters += tools.text.length;
  }

  function drop(entry: Entry | undefined): void {
    if (!entry) return;
    const { clientId, text } = entry.tools;
    entries.delete(clientId);
    bySize.remove(entry);
    characters -= text.length;
    changes?.dropped(clientId);
  }

  return {
    async set(clientId, tools) {
      drop(entries.get(clientId));
      const now = clock.now();
      const registered = { clientId, text: stringifyJson(tools), expiresAt: now + CLIENT_TOOLS_SECONDS * 1_000 };
      add(registered);
      changes?.changed(registered);
      for (const oldest of entries.values()) {
        if (oldest.tools.expiresAt > now) break;
        drop(oldest);
      }
      while (characters > limit) drop(bySize.first);
    },

    async get(clientId) {
      const { tools } = entries.get(clientId) ?? {};
      return tools && tools.expiresAt > clock.now() ? (parseJson(tools.text) as ClientTool[]) : undefined;
    },
  };
}
