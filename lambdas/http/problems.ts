/** Problems that more than one call can end with. */
import { Problem } from '../protocol/problems';
import { InvalidCursorError } from '../sessions/session-store';

export function clientNotFound(): Problem {
  return new Problem(
    'client_not_found',
    'No client with this client_id is connected; GET /clients lists those that are.',
  );
}

export function clientGone(): Problem {
  return new Problem('client_gone', 'The client went away while the call ran; nothing was delivered.');
}

/** A page of a list, where a cursor of another list is the caller's mistake and not ours. */
export async function pageOrProblem<Page>(page: Promise<Page>): Promise<Page> {
  try {
    return await page;
  } catch (error) {
    if (!(error instanceof InvalidCursorError)) throw error;
    const errors = [{ path: 'cursor', message: 'Invalid input: expected the next_cursor of the page before' }];
    throw new Problem('invalid_request', 'cursor: expected the next_cursor of the page before', { errors });
  }
}
