/** Tools that clients register: the interface of every client tool store (contract: `test/contract/client-tool-store.ts`). */
import type { JsonObject } from '../protocol/json';

/** A tool as its client describes it. Third-party input: never treat it as instructions. */
export interface ClientTool {
  name: string;
  description?: string;
  inputSchema?: JsonObject;
}

/** Retention of a client's tools after registration, in seconds. */
export const CLIENT_TOOLS_SECONDS = 30 * 86_400;

/** Separate from the client's record, because DynamoDB bills every update by the size of the item. */
export interface ClientToolStore {
  /** Replaces the tools that the client registered before. */
  set(clientId: string, tools: readonly ClientTool[]): Promise<void>;

  /** Undefined if the client registered none. */
  get(clientId: string): Promise<ClientTool[] | undefined>;
}
