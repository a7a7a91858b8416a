/** Repeated messages: handled once, and answered every time. */

import { frameOfRecord } from '../delivery/keep';
import type { ClientConnection, Repeat } from '../ports/client-store';
import type { Dependencies } from '../ports/dependencies';
import type { ReplyKey } from '../ports/reply-store';
import { encode, invalidMessage } from '../protocol/codec';
import { ProtocolError } from '../protocol/errors';
import { HANDLER_LEASE_MS } from '../protocol/limits';
import type { MessageMarks } from '../protocol/marks';
import type { Position } from '../protocol/position';

export type RepeatDependencies = Pick<Dependencies, 'clients' | 'history' | 'replies' | 'tasks' | 'clock' | 'log'>;

/** The stored answer, or the position with which to handle the message after all. */
export type RepeatOutcome = { text: string; position?: undefined } | { text?: undefined; position: Position };

/**
 * @param repeat  `isRunning`: this process was still handling the message when the repeat came
 * @param reply  set if a task answers the message
 * @throws ProtocolError `in_progress`, or `invalid_message` if the message was handled, or may have been, and has no stored answer
 */
export type AnswerRepeat = (
  connection: ClientConnection,
  marks: MessageMarks,
  repeat: Repeat & { isRunning: boolean },
  reply?: ReplyKey & { replyId: string },
) => Promise<RepeatOutcome>;

export function createRepeats({ clients, history, replies, tasks, clock, log }: RepeatDependencies): AnswerRepeat {
  /**
   * Whether the handler of the message has died. A task that neither waits nor has begun counts as dead, because it may never have been
   * started.
   */
  async function isDead(takenAt: number, reply: Parameters<AnswerRepeat>[3]): Promise<boolean> {
    if (clock.now() - takenAt < HANDLER_LEASE_MS) return false;
    if (reply && tasks.isReplying?.(reply.replyId)) return false;
    return reply === undefined || (await replies.get(reply))?.replyId === undefined;
  }

  return async function answerRepeat({ clientId }, { sent }, { position, takenAt, isRunning }, reply) {
    if (!position || !sent) throw refused('too old; its answer is no longer stored');
    if (position.seq > 0) {
      const records = (await history.get(clientId, position))?.records;
      const stored = records?.findLast(({ direction }) => direction === 'out');
      if (stored) return { text: encode(frameOfRecord(stored, position)) };
      if (records && records.length > 0) throw refused('handled before; it has no answer');
      if (!records && (await history.mayHaveLost(clientId, position, takenAt))) {
        throw refused('handled before; its answer is no longer stored');
      }
    }
    const mayTakeOver = !isRunning && (await isDead(takenAt, reply));
    const taken = mayTakeOver ? await clients.takeOver(clientId, sent, takenAt) : undefined;
    if (!taken)
      throw new ProtocolError('in_progress', 'This message is a repeat, and the first one is still being handled.');
    log.info('message_taken_over', { client_id: clientId });
    return { position: taken };
  };
}

/** The message will never be handled again, so its client should stop sending it. */
function refused(why: string): ProtocolError {
  return invalidMessage([{ path: 'sender_seq', message: `Invalid input: ${why}` }]);
}
