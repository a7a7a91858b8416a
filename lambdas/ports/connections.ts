/** Sends to clients over their open connections: the interface that every host implements. */
import type { Awaitable } from './runtime';

/**
 * What happens when a post is throttled or fails.
 * `once`: no retry; the next post makes up for it.
 * `at_most_once`: a caller is waiting; short retries, never a duplicate.
 * `at_least_once`: longer retries, may duplicate; for broadcasts.
 */
export type DeliveryMode = 'once' | 'at_most_once' | 'at_least_once';

/** Posts text to connections and closes them. `gone` is a result, not an error: clients leave at any moment. */
export interface Connections {
  /**
   * @param mode  default `at_most_once`
   * @throws ConnectionError
   */
  post(connectionId: string, text: string, mode?: DeliveryMode): Awaitable<'delivered' | 'gone'>;

  /**
   * Posts the same text to many connections, on hosts where a post costs less than waiting for it.
   * @returns the connections that are gone
   */
  postToAll?(connectionIds: Iterable<string>, text: string, mode: DeliveryMode): Promise<ReadonlySet<string>>;

  /** @throws ConnectionError */
  close(connectionId: string): Promise<'closed' | 'gone'>;

  /** True if the platform still lists the connection. @throws ConnectionError */
  isOpen(connectionId: string): Promise<boolean>;

  /**
   * Calls back when the connection closes, on hosts that support it.
   * @returns a function that stops watching
   */
  onClose?(connectionId: string, callback: () => void): () => void;
}

export type ConnectionErrorCode = 'throttled' | 'too_large' | 'forbidden' | 'failed';

/** A call that did not reach an open connection, with the reason. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(
    readonly code: ConnectionErrorCode,
    options?: ErrorOptions,
  ) {
    super(`the connection could not be reached: ${code}`, options);
  }
}
