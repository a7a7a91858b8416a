/** The one place that sends what a handler returns: yielded messages are posted immediately, the return value is the reply. */
import type { Handled, Reply } from '../ports/message-type';
import type { ServerMessage } from '../protocol/server-messages';

/**
 * Posts yielded messages one at a time, in order; the handler continues during a post.
 * @param post  must not reject
 * @returns the reply, after every earlier post has ended, so that it cannot overtake them
 */
export async function sendAll(handled: Handled, post: (message: ServerMessage) => Promise<void>): Promise<Reply> {
  if (!isGenerator(handled)) return handled;
  let posting: Promise<void> | undefined;
  try {
    for (;;) {
      const step = await handled.next();
      if (posting) await posting;
      if (step.done) return step.value;
      posting = post(step.value);
    }
  } catch (error) {
    await posting; // an error reply must not overtake it either
    throw error;
  }
}

function isGenerator(handled: Handled): handled is AsyncGenerator<ServerMessage, Reply> {
  return handled !== undefined && 'next' in handled;
}
