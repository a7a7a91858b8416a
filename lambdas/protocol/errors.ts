/** The closed set of error codes on the WebSocket wire, and the one class that carries them. */

export const ERROR_CODES = [
  'invalid_json',
  'invalid_message',
  'unsupported_type',
  'payload_too_large',
  'rate_limited',
  'internal_error',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** One thing that is wrong with an input: where (`data.content`) and what is allowed there. */
export interface ErrorDetail {
  path: string;
  message: string;
}

/**
 * An error that the client is told of. `message` is written for people and goes over the wire as it is;
 * `cause` is for the log and never leaves the server.
 */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details?: ErrorDetail[],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** A ProtocolError stays as it is; anything else becomes `internal_error`, with the original as its cause. */
  static from(error: unknown): ProtocolError {
    if (error instanceof ProtocolError) return error;
    return new ProtocolError(
      'internal_error',
      'The server failed to handle this message. It may have had an effect all the same.',
      undefined,
      { cause: error },
    );
  }
}
