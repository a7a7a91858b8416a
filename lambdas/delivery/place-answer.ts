/** Stores an answer together with its question, at a position of the client. */
import type { ClientStore } from '../ports/client-store';
import type { HistoryRecord, HistoryStore } from '../ports/history-store';
import type { Log } from '../ports/runtime';
import { encode, type Frame, placed } from '../protocol/codec';
import type { SenderNumber } from '../protocol/marks';
import type { Position } from '../protocol/position';
import { fitsInHistory, recordOfFrame } from './keep';

export interface PlaceAnswerDependencies {
  clients: ClientStore;
  history: HistoryStore;
  log: Log;
}

export interface Answer {
  clientId: string;
  /** The number of the question. */
  sent: SenderNumber | undefined;
  /** The question, if it belongs in the history. */
  question: HistoryRecord | undefined;
  reply: Frame;
  /** The position that the question took; undefined if it took none. */
  taken: Position | undefined;
  /** True if the answer is too late for that position. */
  isLate: boolean;
  /** True for an error. */
  isHidden: boolean;
}

/**
 * @returns the text of the frame. @throws ProtocolError `payload_too_large`, before anything is stored
 */
export type PlaceAnswer = (answer: Answer) => Promise<string>;

export function createPlaceAnswer({ clients, history, log }: PlaceAnswerDependencies): PlaceAnswer {
  return async function placeAnswer({ clientId, sent, question, reply, taken, isLate, isHidden }) {
    const text = encode(taken ? placed(reply, taken) : reply);
    const before = question && fitsInHistory(question) ? [question] : [];
    if (question && before.length === 0) log.info('history_left_out', { client_id: clientId });
    const record = recordOfFrame('out', reply, text.length);
    if (isHidden) record.hidden = true;
    let position = isLate ? undefined : taken;
    for (;;) {
      position ??= await clients.takePosition(clientId, sent);
      if (await history.put({ clientId, position, records: [...before, record] })) break;
      position = undefined;
    }
    if (position === taken) return text;
    return encode({ ...placed(reply, position), ...(taken && { void: [taken.seq] }) }); // so that nobody waits for that position
  };
}
