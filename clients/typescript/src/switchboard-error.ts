/** The only class of errors with which promises of the library reject. */

/**
 * `code` is for programs. It is a code of the server's `error`, the code of a tool that failed, or one of the library:
 *
 * - `closed`: the client was closed before the answer came
 * - `aborted`: the signal of the call aborted
 * - `outcome_unknown`: the connection broke, and the server cannot tell whether it handled the message
 * - `no_answer`: no answer came in time, from a server without deduplication
 * - `payload_too_large`: the message exceeds the server's limit, and was not sent
 * - `outbox_full`: too many messages are waiting
 *
 * @example
 * try {
 *   await client.callTool('add', { a: 'two' });
 * } catch (error) {
 *   if (error instanceof SwitchboardError && error.code === 'invalid_params') show(error.message);
 *   else throw error;
 * }
 */
export class SwitchboardError extends Error {
  override readonly name = 'SwitchboardError';

  constructor(
    readonly code: string,
    message: string,
    /** Which fields are wrong, with `invalid_message`. */
    readonly details?: unknown,
  ) {
    super(message);
  }
}
