/** What the team's own code is given with a message: a responder, a tool, a message type. */
import type { HistoryRecord } from './history-store';
import type { Clock, Log } from './runtime';

export interface HandlerContext {
  clientId: string;
  /** From the client's token; empty where it has none. */
  labels: readonly string[];
  /** Aborted when the client has left, as far as the host can tell: stop work that nobody waits for. */
  readonly signal: AbortSignal;
  /** The latest messages of this client, oldest first, up to `limit`. The message being handled is not among them. */
  history(limit: number): Promise<HistoryRecord[]>;
  /** Adds client_id and message_id to each line. Never log what a message says. */
  readonly log: Log;
  clock: Clock;
  /** The values of `app/settings.ts`. */
  settings: Readonly<Record<string, string>>;
  /**
   * A secret of the team's, such as `OPENAI_API_KEY`: from Secrets Manager in a deployment, from the environment on one machine.
   * @throws Error where there is no secret of that name
   */
  secret(name: string): Promise<string>;
}
