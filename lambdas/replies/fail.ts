/** After a reply's task failed every time: sends the client a `chat_response` with the status `failed`. */
import type { Dependencies } from '../ports/dependencies';
import type { FailedTask } from '../ports/tasks';
import { createFinish } from './finish';
import { ReplyTarget } from './reply-target';
import { keyOf, type RespondTask } from './respond-task';

export type FailDependencies = Pick<
  Dependencies,
  'replySettings' | 'clients' | 'history' | 'connections' | 'replies' | 'replyQueue' | 'tasks' | 'clock' | 'log'
>;

export function create(dependencies: FailDependencies) {
  const { replies, replyQueue, tasks, log } = dependencies;
  const { isStored, finish } = createFinish(dependencies);

  return async function fail({ requestPayload: task }: FailedTask<RespondTask>): Promise<void> {
    await replies.begin(keyOf(task), task.replyId); // stops a run that is still going
    await replyQueue.leave(task, (next) => tasks.start(next));
    if (await isStored(task)) return;
    await finish(task, { status: 'failed', content: '' }, new ReplyTarget(task.connection, dependencies));
    log.info('reply_given_up', { client_id: task.clientId, message_id: task.messageId });
  };
}
