/** The one place that sends what a handler gives: what it yields is posted at once, what it returns is the reply. */
import type { Handled, Reply } from '../ports/message-type';
import type { ServerMessage } from '../protocol/server-messages';

/**
 * Posts what is yielded, one at a time and in order; the handler works on during a post.
 * @param post  must not reject
 * @returns the reply, when every post before it has ended: it must not overtake them
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
    await posting; // the error that answers must not overtake it either
    throw error;
  }
}

function isGenerator(handled: Handled): handled is AsyncGenerator<ServerMessage, Reply> {
  return handled !== undefined && 'next' in handled;
}
