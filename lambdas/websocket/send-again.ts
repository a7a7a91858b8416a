/** Store outages: a message that is safe to repeat is answered `in_progress`, which clients send again by themselves. */
import { UnavailableError } from '../ports/errors';
import { ProtocolError } from '../protocol/errors';

/**
 * Passed to `catch`, only where nothing was done yet or where handling twice does no harm.
 * @throws ProtocolError `in_progress` for an outage; any other error as it is
 */
export function sendAgain(error: unknown): never {
  if (!(error instanceof UnavailableError)) throw error;
  const text = 'A service that the server needs is unavailable. Send the message again after some seconds.';
  throw new ProtocolError('in_progress', text, { cause: error });
}
