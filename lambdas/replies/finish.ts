/** The end of a reply: stores it, then posts it. */
import { createPlacing } from '../delivery/placing';
import type { Dependencies } from '../ports/dependencies';
import { type Awaitable, isoTime } from '../ports/runtime';
import { frameOf } from '../protocol/codec';
import { ProtocolError } from '../protocol/errors';
import { chatResponse, errorMessage, type ReplyStatus, type ServerMessage } from '../protocol/server-messages';
import type { ReplyTarget } from './reply-target';
import { questionOf, type RespondTask } from './respond-task';

export type FinishDependencies = Pick<Dependencies, 'replySettings' | 'clients' | 'history' | 'clock' | 'log'>;

/** Final state of a reply. */
export interface Ended {
  status: ReplyStatus;
  /** What was generated. */
  content: string;
}

/** Characters of frames per read, when an earlier run's reply is looked for. */
const STRETCH_CHARACTERS = 1_000_000;

export function createFinish(dependencies: FinishDependencies) {
  const { replySettings, history, clock } = dependencies;
  const { placeAnswer } = createPlacing(dependencies);

  function place(task: RespondTask, message: ServerMessage, isHidden: boolean): Awaitable<string> {
    const { clientId, messageId, replyId, sent, taken } = task;
    const reply = frameOf(message, replyId, isoTime(clock.now()), messageId);
    const question = questionOf(task).record;
    return placeAnswer({ clientId, sent, question, reply, taken, isLate: true, isHidden });
  }

  return {
    /** True if an earlier run stored its reply but ended before reporting success. */
    async isStored({ clientId, replyId, after }: RespondTask): Promise<boolean> {
      for (let from = after; from !== undefined; ) {
        const { items, hasMore } = await history.after(clientId, from, STRETCH_CHARACTERS);
        const records = items.flatMap((item) => item.records);
        if (records.some(({ direction, messageId }) => direction === 'out' && messageId === replyId)) return true;
        from = hasMore ? items.at(-1)?.position : undefined;
      }
      return false;
    },

    async finish(task: RespondTask, { status, content }: Ended, target: ReplyTarget): Promise<void> {
      const { model, failureText } = replySettings;
      const shown = status === 'failed' ? (failureText ?? content) : content;
      let text: string;
      try {
        text = await place(task, chatResponse(shown, model, isoTime(clock.now()), status), false);
      } catch (error) {
        if (!(error instanceof ProtocolError)) throw error;
        text = await place(task, errorMessage(error), true); // the reply is too large for one message
      }
      await target.finish(text);
    },
  };
}
