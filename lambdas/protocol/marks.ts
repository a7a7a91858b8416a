/** What a client message says of itself beside its content: its number, and what its client has. */
import type { ErrorDetail } from './errors';
import type { JsonObject } from './json';
import { MAX_SENDER_LENGTH } from './limits';

/** How a client's program numbers its messages, so that one it sends again is handled once. */
export interface SenderNumber {
  /** The program's own name for its counter. */
  sender: string;
  /** 1, 2, 3 … */
  number: number;
}

/** What a message says beside its content. */
export interface MessageMarks {
  /** Of a durable message only. */
  sent?: SenderNumber | undefined;
  /** The `seq` up to which the client has everything. */
  acked?: number | undefined;
}

/** The marks of a message, or what is wrong with them. An `ack` that is no whole number is nobody's, and so is a `sender` by itself. */
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
