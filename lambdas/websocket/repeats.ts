/** Messages that came before: each is handled once, and answered as often as it comes. */

import { frameOfRecord } from '../delivery/keep';
import type { ClientConnection, Repeat } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import { encode, invalidMessage } from '../protocol/codec';
import { ProtocolError } from '../protocol/errors';
import type { MessageMarks } from '../protocol/marks';
import type { Position } from '../protocol/position';

export type RepeatDependencies = Pick<Dependencies, 'clients' | 'history' | 'clock' | 'log'>;

/** The stored answer, or the position with which the message is handled after all. */
export type RepeatOutcome = { text: string; position?: undefined } | { text?: undefined; position: Position };

/**
 * @param leaseMs  after which a message that has no answer is handled again
 * @throws ProtocolError `in_progress`, or `invalid_message` for a number whose answer is no longer known
 */
export type AnswerRepeat = (
  connection: ClientConnection,
  marks: MessageMarks,
  repeat: Repeat,
  leaseMs: number,
) => Promise<RepeatOutcome>;

export function createRepeats({ clients, history, clock, log }: RepeatDependencies): AnswerRepeat {
  return async function answerRepeat({ clientId }, { sent }, { position, takenAt }, leaseMs) {
    if (!position || !sent) {
      throw invalidMessage([{ path: 'sender_seq', message: 'Invalid input: too old, its answer is no longer known' }]);
    }
    const item = position.seq === 0 ? undefined : await history.get(clientId, position);
    const stored = item?.records.findLast(({ direction }) => direction === 'out');
    if (stored) return { text: encode(frameOfRecord(stored, position)) };
    const isDead = clock.now() - takenAt >= leaseMs;
    const taken = isDead ? await clients.takeOver(clientId, sent, takenAt) : undefined;
    if (!taken) throw new ProtocolError('in_progress', 'This message came before, and is still being handled.');
    log.info('message_taken_over', { client_id: clientId });
    return { position: taken };
  };
}
