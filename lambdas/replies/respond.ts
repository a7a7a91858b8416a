/** The respond task: generates the answer to a chat message, streams it if the client asked for that, and stores it. */
import type { Dependencies } from '../ports/dependencies';
import { WAITING_SECONDS } from '../ports/reply-queue';
import { isStream } from '../ports/responder';
import { isoTime, type LogFields } from '../ports/runtime';
import type { TaskContext } from '../ports/tasks';
import { encode, frameOf } from '../protocol/codec';
import { MAX_MESSAGE_BYTES } from '../protocol/limits';
import { DeltaStream } from './delta-stream';
import { createFinish, type Ended } from './finish';
import { createReplyContext } from './reply-context';
import { ReplyTarget } from './reply-target';
import { isCancelled, type ReplyEnd, watchReply } from './reply-watch';
import { keyOf, type Question, questionOf, type RespondTask } from './respond-task';

export type RespondDependencies = Pick<
  Dependencies,
  | 'responder'
  | 'replySettings'
  | 'appSettings'
  | 'clients'
  | 'history'
  | 'connections'
  | 'replies'
  | 'replyQueue'
  | 'tasks'
  | 'secrets'
  | 'deltaIntervalMs'
  | 'clock'
  | 'newId'
  | 'log'
>;

/** Result of generating a reply: how it ended, or why it did not. */
type Made = Ended | 'overtaken' | 'stopping';

/**
 * At least once: a run that dies is followed by another that starts over. If two runs overlap, the earlier one stops. Clients recognize
 * duplicate answers by their `message_id`. If the responder fails, the answer has the status `failed`; if a store fails, the run fails.
 */
export function create(dependencies: RespondDependencies) {
  const { responder, replySettings, replies, replyQueue, tasks, deltaIntervalMs, clock, newId, log } = dependencies;
  const { isStored, finish } = createFinish(dependencies);

  /** Above all indexes of earlier runs, which posted at most one piece per interval. */
  function firstIndexOf(isRetry: boolean, askedAt: number): number {
    return isRetry ? Math.ceil((clock.now() - askedAt) / deltaIntervalMs) + 1 : 0;
  }

  /** Generates the answer until it is complete or has to stop. Never rejects. */
  async function make(
    task: RespondTask,
    { content, role }: Question,
    ended: Promise<ReplyEnd>,
    show: (piece: string) => void,
  ): Promise<Made> {
    const controller = new AbortController();
    const context = createReplyContext({ ...task, labels: task.connection.labels }, controller.signal, dependencies);
    let whole = '';

    async function consume(): Promise<'completed'> {
      const answer = responder.respond({ content, role }, context);
      if (!isStream(answer)) whole = await answer;
      else {
        for await (const piece of answer) {
          if (controller.signal.aborted) break;
          whole += piece;
          show(piece);
          if (whole.length > MAX_MESSAGE_BYTES) break; // already too large for one message
        }
      }
      return 'completed';
    }

    try {
      const end = await Promise.race([consume(), ended]);
      if (end === 'overtaken' || end === 'stopping') return end;
      if (end === 'timed_out') throw new Error(`no answer within ${replySettings.seconds} seconds`);
      return { status: end === 'completed' ? 'completed' : 'cancelled', content: whole };
    } catch (error) {
      context.log.error('reply_failed', error);
      return { status: 'failed', content: whole };
    } finally {
      controller.abort();
    }
  }

  /** @returns false if a later run took over */
  async function answer(task: RespondTask, context: TaskContext, fields: LogFields): Promise<boolean> {
    const { messageId, replyId, at } = task;
    const startedAt = clock.now();
    const askedAt = Date.parse(at);
    const state = await replies.begin(keyOf(task), replyId);
    const { run } = state;
    const target = new ReplyTarget(task.connection, dependencies);
    const isRetry = run > 1 || context.isRetry === true;
    if (isRetry && (await isStored(task))) {
      log.info('reply_was_there', fields);
      return true;
    }
    if (isCancelled(state, askedAt)) {
      await finish(task, { status: 'cancelled', content: '' }, target);
      return true;
    }
    if (startedAt - askedAt > WAITING_SECONDS * 1_000) {
      log.error('reply_too_late', new Error('the question waited too long for its turn'), fields);
      await finish(task, { status: 'failed', content: '' }, target);
      return true;
    }

    const question = questionOf(task);
    const stream = question.isStreamed
      ? new DeltaStream({
          post: (message) => target.post(encode(frameOf(message, newId(), isoTime(clock.now()), messageId))),
          clock,
          intervalMs: deltaIntervalMs,
          firstIndex: firstIndexOf(isRetry, askedAt),
        })
      : undefined;
    const watch = watchReply({
      ...{ replies, clock, log, key: keyOf(task), replyId, run, askedAt, context },
      limitMs: replySettings.seconds * 1_000,
      awayMs: replySettings.awaySeconds === undefined ? undefined : replySettings.awaySeconds * 1_000,
      isClientThere: () => target.isThere(),
    });
    let made: Made;
    try {
      made = await make(task, question, watch.ended, (piece) => stream?.push(piece));
    } finally {
      watch.stop();
      await stream?.end();
    }
    if (made === 'overtaken') {
      log.info('reply_overtaken', fields);
      return false;
    }
    if (made === 'stopping') throw new Error('this process ends before the reply is complete');
    await finish(task, made, target);
    log.info('replied', { ...fields, status: made.status, run, ms: clock.now() - startedAt });
    return true;
  }

  return async function respond(task: RespondTask, context: TaskContext): Promise<void> {
    const fields = { client_id: task.clientId, message_id: task.messageId };
    if (!(await replyQueue.enter(task, replySettings.maxPerClient))) {
      await replies.wait(keyOf(task), task.replyId); // so that a repeat of its question starts no second task
      return log.info('reply_waits', fields);
    }
    const isDone = await answer(task, context, fields);
    if (isDone) await replyQueue.leave(task, (next) => tasks.start(next)); // a run that failed keeps its slot for the next run
  };
}
