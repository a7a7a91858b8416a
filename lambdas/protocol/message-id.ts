/** The client's own id of a message. Without the schemas of messages, so that each function's log can have it. */
import { ExactNumber, isWholeNumber, type JsonObject } from './json';
import { MAX_MESSAGE_ID_LENGTH } from './limits';

/** The client's own id of a message, if it is valid: text, or a whole number, which is taken as its text. */
export function messageIdOf({ message_id: id }: JsonObject): string | undefined {
  const text = isWholeNumber(id) ? String(id instanceof ExactNumber ? id.text : id) : id;
  return typeof text === 'string' && text.length > 0 && text.length <= MAX_MESSAGE_ID_LENGTH ? text : undefined;
}
