/** The client's own `message_id`. In a file without message schemas, so that every function's log can use it. */
import { ExactNumber, isWholeNumber, type JsonObject } from './json';
import { MAX_MESSAGE_ID_LENGTH } from './limits';

/** The client's `message_id`, if it is valid: a string, or a whole number, which is converted to a string. */
export function messageIdOf({ message_id: id }: JsonObject): string | undefined {
  const text = isWholeNumber(id) ? String(id instanceof ExactNumber ? id.text : id) : id;
  return typeof text === 'string' && text.length > 0 && text.length <= MAX_MESSAGE_ID_LENGTH ? text : undefined;
}
