/** Marks of a client message: its id, its number, and what its client has received. Without message schemas, so that every function's log can use it. */
import type { ErrorDetail } from './errors';
import { ExactNumber, isWholeNumber, type JsonObject } from './json';
import { MAX_MESSAGE_ID_LENGTH, MAX_SENDER_LENGTH } from './limits';

/** The client's `message_id`, if it is valid: a string, or a whole number, which is converted to a string. */
export function messageIdOf({ message_id: id }: JsonObject): string | undefined {
  const text = isWholeNumber(id) ? String(id instanceof ExactNumber ? id.text : id) : id;
  return typeof text === 'string' && text.length > 0 && text.length <= MAX_MESSAGE_ID_LENGTH ? text : undefined;
}

/** A client program's number for a message, so that a repeated message is handled once. */
export interface SenderNumber {
  /** The program's own name for its counter. */
  sender: string;
  /** 1, 2, 3 … */
  number: number;
}

/** Marks of a message besides its content. */
export interface MessageMarks {
  /** Only for durable messages. */
  sent?: SenderNumber | undefined;
  /** The client has everything up to this `seq`. */
  acked?: number | undefined;
}

/**
 * The marks of a message, or what is wrong with them. Ignores an `ack` that is not a whole number, and a `sender` without `sender_seq`:
 * older clients may use these names for anything.
 */
export function marksOf({ sender, sender_seq: number, ack }: JsonObject): MessageMarks & { wrong?: ErrorDetail } {
  const marks: MessageMarks = isWhole(ack, 0) ? { acked: ack } : {};
  if (number === undefined || number === null) return marks;
  if (!isWhole(number, 1)) {
    return { ...marks, wrong: { path: 'sender_seq', message: 'Invalid input: expected a whole number, 1 or more' } };
  }
  if (typeof sender !== 'string' || sender === '' || sender.length > MAX_SENDER_LENGTH) {
    const message = `Invalid input: expected a text of 1 to ${MAX_SENDER_LENGTH} characters, because sender_seq is there`;
    return { ...marks, wrong: { path: 'sender', message } };
  }
  return { ...marks, sent: { sender, number } };
}

function isWhole(value: unknown, least: number): value is number {
  return Number.isSafeInteger(value) && (value as number) >= least;
}
