/** Errors of the HTTP API: RFC 9457 problem details with a closed set of codes, and the class that carries them. */
import * as z from 'zod';
import type { ErrorDetail } from './errors';

/** Status and title of each code. */
export const PROBLEMS = {
  invalid_json: { status: 400, title: 'The body is not JSON' },
  client_id_missing: { status: 400, title: 'No client is named' },
  forbidden: { status: 403, title: 'The key does not allow this' },
  foreign_page: { status: 403, title: 'Web pages of this origin are not allowed' },
  not_found: { status: 404, title: 'No such path' },
  client_not_found: { status: 404, title: 'No such client' },
  broadcast_not_found: { status: 404, title: 'No such broadcast' },
  call_not_found: { status: 404, title: 'No such call' },
  receiver_not_found: { status: 404, title: 'No such receiver' },
  key_not_found: { status: 404, title: 'No such key' },
  method_not_allowed: { status: 405, title: 'Method not allowed' },
  client_gone: { status: 409, title: 'The client went away' },
  in_progress: { status: 409, title: 'The first call with this Idempotency-Key is still running' },
  key_exists: { status: 409, title: 'The key already exists' },
  too_many_groups: { status: 409, title: 'The client is in too many groups' },
  access_control_off: { status: 409, title: 'Access control is off' },
  payload_too_large: { status: 413, title: 'The message is too large' },
  invalid_request: { status: 422, title: 'The request is not valid' },
  idempotency_key_reused: { status: 422, title: 'The Idempotency-Key belongs to another call' },
  upgrade_required: { status: 426, title: 'This is the HTTP API' },
  rate_limited: { status: 429, title: 'Too many requests' },
  internal_error: { status: 500, title: 'The server failed' },
  connections_full: { status: 503, title: 'The server is at its connection limit' },
  draining: { status: 503, title: 'The server is about to stop' },
  unavailable: { status: 503, title: 'The server cannot reach its data' },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

/** Problems of a call besides `internal_error`. Every POST takes an `Idempotency-Key`, and a key may not be allowed to make a call. */
export function problemsOf(
  routeKey: string,
  { problems, access }: { problems: readonly ProblemCode[]; access?: string },
): readonly ProblemCode[] {
  const ofPosts = routeKey.startsWith('POST ') ? KEY_PROBLEMS : [];
  const ofKeys = access === 'api_key' ? CALLER_PROBLEMS : [];
  return [...new Set([...problems, ...ofPosts, ...ofKeys])];
}

const CALLER_PROBLEMS = ['forbidden', 'rate_limited', 'unavailable'] as const;

const KEY_PROBLEMS = ['invalid_request', 'in_progress', 'idempotency_key_reused', 'unavailable'] as const;

export const problemSchema = z
  .object({
    type: z.string().meta({ examples: ['about:blank'] }),
    title: z.string().meta({ examples: [PROBLEMS.client_not_found.title] }),
    status: z.int().meta({ examples: [PROBLEMS.client_not_found.status] }),
    detail: z.string().meta({ description: 'A sentence for people.', examples: ['No client with this client_id.'] }),
    code: z
      .enum(Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]])
      .meta({ id: 'ProblemCode', examples: ['client_not_found'] }),
    errors: z
      .array(
        z.object({
          path: z.string().meta({ examples: ['content'] }),
          message: z.string().meta({ examples: ['Invalid input: expected string'] }),
        }),
      )
      .optional()
      .meta({ description: 'Each invalid field, and what is allowed there.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457 problem details.' });

/** An error that is reported to the caller. `cause` is for the log and never leaves the server. */
export class Problem extends Error {
  override readonly name = 'Problem';

  /**
   * @param detail  a sentence for people that says what to do
   */
  constructor(
    readonly code: ProblemCode,
    readonly detail: string,
    readonly extra: { errors?: ErrorDetail[]; headers?: Record<string, string>; cause?: unknown } = {},
  ) {
    super(detail, extra.cause === undefined ? undefined : { cause: extra.cause });
  }

  /** A Problem stays as it is; anything else becomes `internal_error`, with the original as its cause. */
  static from(error: unknown): Problem {
    if (error instanceof Problem) return error;
    const detail = 'Internal error. The call may have had an effect, for example a message may have been sent.';
    return new Problem('internal_error', detail, { cause: error });
  }

  get status(): number {
    return PROBLEMS[this.code].status;
  }

  /** The RFC 9457 body. */
  toJSON(): z.infer<typeof problemSchema> {
    const { status, title } = PROBLEMS[this.code];
    const { errors } = this.extra;
    return { type: 'about:blank', title, status, detail: this.detail, code: this.code, ...(errors && { errors }) };
  }
}
