/** Problems shared by several calls. */
import { ConnectionError } from '../ports/connections';
import { UnavailableError } from '../ports/errors';
import { InvalidCursorError } from '../ports/page';
import { encode, type Frame } from '../protocol/codec';
import { ProtocolError } from '../protocol/errors';
import { Problem } from '../protocol/problems';

export function clientNotFound(): Problem {
  return new Problem(
    'client_not_found',
    'No client with this client_id is connected; GET /clients lists the connected ones.',
  );
}

export function callNotFound(): Problem {
  return new Problem('call_not_found', 'Unknown call_id; use one that POST /call_tool returned in the last 24 hours.');
}

export function clientGone(): Problem {
  return new Problem('client_gone', 'The client disconnected during the call; nothing was delivered.');
}

/** Encodes a frame. @throws Problem `payload_too_large` */
export function encodeOrProblem(frame: Frame): string {
  try {
    return encode(frame);
  } catch (error) {
    if (error instanceof ProtocolError && error.code === 'payload_too_large') {
      throw new Problem('payload_too_large', error.message);
    }
    throw error;
  }
}

/** Turns a throttled post into a 429 with a retry time; returns other errors unchanged. */
export function postProblem(error: unknown): unknown {
  if (!(error instanceof ConnectionError && error.code === 'throttled')) return error;
  return new Problem('rate_limited', 'Rate limit reached; retry after 1 second.', {
    headers: { 'retry-after': '1' },
    cause: error,
  });
}

/** Suggested retry time after an outage, in seconds. */
const RETRY_SECONDS = 5;

/** Converts any error to a Problem. */
export function problemFrom(thrown: unknown): Problem {
  if (!(thrown instanceof UnavailableError)) return Problem.from(thrown);
  const detail = `The server cannot reach its data; retry after ${RETRY_SECONDS} seconds. The call may have had an effect.`;
  return new Problem('unavailable', detail, { headers: { 'retry-after': String(RETRY_SECONDS) }, cause: thrown });
}

/**
 * @param webSocketUrl  address for clients, if the function knows it
 */
export function upgradeRequired(webSocketUrl?: string): Problem {
  const where = webSocketUrl === undefined ? 'the address that GET / names' : webSocketUrl;
  return new Problem('upgrade_required', `This is the HTTP API. Connect by WebSocket to ${where}.`, {
    headers: { upgrade: 'websocket' },
  });
}

/** Returns the page. A cursor from elsewhere becomes a 422. */
export async function pageOrProblem<Page>(page: Promise<Page>): Promise<Page> {
  try {
    return await page;
  } catch (error) {
    if (!(error instanceof InvalidCursorError)) throw error;
    const errors = [{ path: 'cursor', message: 'Invalid input: expected the next_cursor of the page before' }];
    throw new Problem('invalid_request', 'cursor: expected the next_cursor of the page before', { errors });
  }
}
