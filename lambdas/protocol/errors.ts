/** The closed set of WebSocket error codes, and the class that carries them. */

export const ERROR_CODES = [
  'invalid_json',
  'invalid_message',
  'unsupported_type',
  'payload_too_large',
  'rate_limited',
  'in_progress',
  'timed_out',
  'internal_error',
] as const;

export type ErrorCode = (typeof ERROR_CODES)[number];

/** One invalid field: where (`data.content`) and what is allowed there. */
export interface ErrorDetail {
  path: string;
  message: string;
}

/** Optional parts of an error. */
export interface ErrorExtra {
  details?: ErrorDetail[];
  retryAfterMs?: number;
  /** For the log; never leaves the server. */
  cause?: unknown;
}

/** An error that is sent to the client, including its `message`, which is for people. */
export class ProtocolError extends Error {
  override readonly name = 'ProtocolError';
  readonly details: ErrorDetail[] | undefined;
  readonly retryAfterMs: number | undefined;

  constructor(
    readonly code: ErrorCode,
    message: string,
    { details, retryAfterMs, cause }: ErrorExtra = {},
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.details = details;
    this.retryAfterMs = retryAfterMs;
  }

  /** A ProtocolError stays as it is; anything else becomes `internal_error`, with the original as its cause. */
  static from(error: unknown): ProtocolError {
    if (error instanceof ProtocolError) return error;
    return new ProtocolError('internal_error', 'Internal error. The message may have been partly processed.', {
      cause: error,
    });
  }
}
