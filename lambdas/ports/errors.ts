/** Errors of adapters that every caller may meet. */

/** What an adapter needs is down or overloaded, and its own retries did not help. The cause is for the log. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';

  constructor(cause: unknown) {
    super('a service that this server needs is not available', { cause });
  }
}
