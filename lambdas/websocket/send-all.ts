/** The one place that sends what a handler returns: yielded messages are posted immediately, the return value is the reply. */
import type { Handled, Reply } from '../ports/message-type';
import type { Awaitable } from '../ports/runtime';
import type { ServerMessage } from '../protocol/server-messages';

type Handling = Extract<Handled, Generator | AsyncGenerator>;

/**
 * Posts yielded messages one at a time, in order; the handler continues during a post.
 * @param post  must not reject; returns nothing if the message is already sent
 * @returns the reply, after every earlier post has ended, so that it cannot overtake them
 */
export function sendAll(
  handled: Handled,
  post: (message: ServerMessage) => Promise<void> | undefined,
): Awaitable<Reply> {
  if (handled === undefined || !('next' in handled)) return handled;
  if (Symbol.asyncIterator in handled) return sendRest(handled, post, undefined);
  for (;;) {
    const step = handled.next();
    if (step.done) return step.value;
    const posting = post(step.value);
    if (posting) return sendRest(handled, post, posting);
  }
}

async function sendRest(
  handling: Handling,
  post: (message: ServerMessage) => Promise<void> | undefined,
  first: Promise<void> | undefined,
): Promise<Reply> {
  let posting = first;
  try {
    for (;;) {
      const step = await handling.next();
      const reply = step.done ? await step.value : undefined;
      if (posting) await posting;
      if (step.done) return reply;
      posting = post(step.value);
    }
  } catch (error) {
    await posting; // an error reply must not overtake it either
    throw error;
  }
}
