/** Stores an answer together with its question, at a position of the client. */
import type { ClientStore } from '../ports/client-store';
import type { HistoryRecord, HistoryStore } from '../ports/history-store';
import { type Awaitable, type Log, whenThere } from '../ports/runtime';
import { encode, type Frame, placed } from '../protocol/codec';
import type { SenderNumber } from '../protocol/marks';
import type { Position } from '../protocol/position';
import { fitsInHistory, recordOfFrame } from './keep';

export interface PlaceAnswerDependencies {
  clients: ClientStore;
  history: HistoryStore;
  log: Log;
}

/** A message that was received, and where its answer goes. */
export interface Asked {
  clientId: string;
  /** The number of the question. */
  sent: SenderNumber | undefined;
  /** The position that the question took; undefined if it took none. */
  taken: Position | undefined;
  /** True if the answer is too late for that position. */
  isLate: boolean;
}

export interface Answer extends Asked {
  /** The question, if it belongs in the history. */
  question: HistoryRecord | undefined;
  reply: Frame;
  /** True for a reply that the history does not show, such as an error. */
  isHidden: boolean;
}

export interface Unanswered extends Asked {
  question: HistoryRecord;
  /** True if the history does not show the question. */
  isHidden: boolean;
}

export interface Placing {
  /** @returns the text of the frame. @throws ProtocolError `payload_too_large`, before anything is stored */
  placeAnswer(answer: Answer): Awaitable<string>;
  /** Stores a question that has no answer, so that a repeat is not handled again. */
  placeUnanswered(unanswered: Unanswered): Awaitable<Position>;
}

export function createPlacing({ clients, history, log }: PlaceAnswerDependencies): Placing {
  /** Stores the records at the position that was taken, or else at a new one. */
  function place({ clientId, sent, taken, isLate }: Asked, records: HistoryRecord[]): Awaitable<Position> {
    const placeLater = async (): Promise<Position> => {
      for (;;) {
        const position = await clients.takePosition(clientId, sent);
        if (await history.put({ clientId, position, records })) return position;
      }
    };
    if (!taken || isLate) return placeLater();
    return whenThere(history.put({ clientId, position: taken, records }), (isPut) => (isPut ? taken : placeLater()));
  }

  return {
    placeAnswer(answer) {
      const { clientId, question, reply, taken, isHidden } = answer;
      const text = encode(taken ? placed(reply, taken) : reply);
      const before = question && fitsInHistory(question) ? [question] : [];
      if (question && before.length === 0) log.info('history_left_out', { client_id: clientId });
      const record = recordOfFrame('out', reply, text.length);
      if (isHidden) record.hidden = true;
      return whenThere(place(answer, [...before, record]), (position) => {
        if (position === taken) return text;
        return encode({ ...placed(reply, position), ...(taken && { void: [taken.seq] }) }); // so that nobody waits for that position
      });
    },

    placeUnanswered(unanswered) {
      const { question, isHidden } = unanswered;
      const isShown = !isHidden && fitsInHistory(question);
      return place(unanswered, [isShown ? question : { ...question, data: {}, hidden: true }]);
    },
  };
}
