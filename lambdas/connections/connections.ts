/** Reaching a client: the interface that every host fulfils. */

/**
 * How long a push is tried again where the platform does not take it. `brief`: somebody waits for the answer, and no client
 * gets a message twice. `long`: a broadcast, which has minutes, and would rather say a thing twice than not at all.
 */
export type Patience = 'brief' | 'long';

/**
 * Posts text to connections and closes them. A connection that is gone is an answer, not an error:
 * clients leave at any moment, and every caller has to decide what that means.
 */
export interface Connections {
  /**
   * @param patience  `brief` where left out
   * @throws ConnectionError
   */
  post(connectionId: string, text: string, patience?: Patience): Promise<'delivered' | 'gone'>;

  /** @throws ConnectionError */
  close(connectionId: string): Promise<'closed' | 'gone'>;
}

export type ConnectionErrorCode = 'throttled' | 'too_large' | 'forbidden' | 'failed';

/** A push that did not reach a living connection, and why. */
export class ConnectionError extends Error {
  override readonly name = 'ConnectionError';

  constructor(
    readonly code: ConnectionErrorCode,
    options?: ErrorOptions,
  ) {
    super(`the connection could not be reached: ${code}`, options);
  }
}
