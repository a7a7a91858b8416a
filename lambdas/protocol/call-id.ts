/** Ids of calls and of their frames. Each contains the position of the call's item, so that no lookup is needed. */
import { MAX_SEQ, type Position } from './position';

/** A call's client and position. */
export interface CallPlace {
  clientId: string;
  position: Position;
}

const CALL_ID = /^([0-9a-z]{13})-([1-9]\d{0,11})-([\w-]+)$/;

/** Longest call id in characters: a client's name has up to 128 characters of up to 4 bytes. */
export const MAX_CALL_ID_LENGTH = 768;

export function callIdOf({ clientId, position: { epoch, seq } }: CallPlace): string {
  return `${epoch}-${seq}-${Buffer.from(clientId).toString('base64url')}`;
}

/** Undefined if the text is not a call id. */
export function placeOfCall(callId: string): CallPlace | undefined {
  const [, epoch = '', seq, encoded = ''] = callId.length > MAX_CALL_ID_LENGTH ? [] : (CALL_ID.exec(callId) ?? []);
  const clientId = Buffer.from(encoded, 'base64url').toString();
  if (seq === undefined || Buffer.from(clientId).toString('base64url') !== encoded) return undefined;
  return { clientId, position: { epoch, seq: Number(seq) } };
}

/** Hexadecimal digits at the end of a UUID: 12 of them fit any `seq`. */
const SEQ_DIGITS = 12;

/** The `message_id` of a call's frame. Its last digits are the `seq`, so that a response can refer to its call by this id alone. */
export function callMessageId(uuid: string, seq: number): string {
  return uuid.slice(0, -SEQ_DIGITS) + seq.toString(16).padStart(SEQ_DIGITS, '0');
}

/** True if the `message_id` of a call's frame was made from this UUID. */
export function isCallMessageId(messageId: string, uuid: string): boolean {
  return messageId.length === uuid.length && messageId.startsWith(uuid.slice(0, -SEQ_DIGITS));
}

/** Undefined for an id that no call can have. */
export function seqOfMessageId(messageId: string): number | undefined {
  const [digits] = /[0-9a-f]{12}$/.exec(messageId) ?? [];
  const seq = Number.parseInt(digits ?? '', 16);
  return seq >= 1 && seq <= MAX_SEQ ? seq : undefined;
}
