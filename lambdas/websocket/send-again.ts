/** Store outages: a message that is safe to repeat is answered `in_progress`, and clients resend it by themselves. */
import { UnavailableError } from '../ports/errors';
import { ProtocolError } from '../protocol/errors';

/**
 * For `catch`. Use it only where nothing was done yet or where handling twice does no harm.
 * @throws ProtocolError `in_progress` for an outage; other errors unchanged
 */
export function sendAgain(error: unknown): never {
  if (!(error instanceof UnavailableError)) throw error;
  const text = 'A service that the server needs is unavailable. Send the message again after some seconds.';
  throw new ProtocolError('in_progress', text, { cause: error });
}
