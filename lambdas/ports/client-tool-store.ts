/** Tools that clients say they have: the interface that every store fulfils (`test/contract/client-tool-store.ts`). */
import type { JsonObject } from '../protocol/json';

/** A tool, as a client describes it. It comes from a stranger: never take it for instructions. */
export interface ClientTool {
  name: string;
  description?: string;
  inputSchema?: JsonObject;
}

/** Seconds that a client's tools are kept after it registered them. */
export const CLIENT_TOOLS_SECONDS = 30 * 86_400;

/** Apart from the record of a client, whose every update would be billed by the size of its tools. */
export interface ClientToolStore {
  /** Takes the place of those that the client registered before. */
  set(clientId: string, tools: readonly ClientTool[]): Promise<void>;

  /** Undefined where the client registered none. */
  get(clientId: string): Promise<ClientTool[] | undefined>;
}
