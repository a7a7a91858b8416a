/** The context for the team's own responders, tools and message types. */
import type { HistoryRecord } from './history-store';
import type { Clock, Log } from './runtime';

export interface HandlerContext {
  clientId: string;
  /** From the client's token; empty if it has none. */
  labels: readonly string[];
  /** Aborted when the client has left, if the host can tell: stop work that nobody waits for. */
  readonly signal: AbortSignal;
  /**
   * The client's latest messages, oldest first, up to `limit`. Does not include the message being handled.
   * @param which  leaves out other messages, such as `({ type }) => type.startsWith('chat_')`; they do not count
   */
  history(limit: number, which?: (record: HistoryRecord) => boolean): Promise<HistoryRecord[]>;
  /** Adds client_id and message_id to each line. Never log message contents. */
  readonly log: Log;
  clock: Clock;
  /** The values of `app/settings.ts`. */
  settings: Readonly<Record<string, string>>;
  /**
   * One of the team's secrets, such as `OPENAI_API_KEY`: from Secrets Manager in a deployment, from the environment on one machine.
   * @throws Error if there is no secret with that name
   */
  secret(name: string): Promise<string>;
}
