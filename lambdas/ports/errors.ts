/** Errors that any adapter may throw. */

/** A service that an adapter needs is down or overloaded, and retries did not help. The cause is for the log. */
export class UnavailableError extends Error {
  override readonly name = 'UnavailableError';

  constructor(cause: unknown) {
    super('a service that this server needs is unavailable', { cause });
  }
}
