import type { ServerMessage } from '../../../lambdas/protocol/server-messages';
import { sendAll } from '../../../lambdas/websocket/send-all';
import { deferred } from '../../support/deferred';

const message = (type: string): ServerMessage => ({ type, data: {} });
const turn = () => new Promise((resolve) => setImmediate(resolve));

it('uses a message, or a promise of one, as the reply, and posts nothing', async () => {
  const post = jest.fn(async () => {});
  expect(await sendAll(message('pong'), post)).toEqual(message('pong'));
  expect(await sendAll(Promise.resolve(message('pong')), post)).toEqual(message('pong'));
  expect(post).not.toHaveBeenCalled();
});

it('waits for nothing with a handler that waits for nothing, and posts that need no time', () => {
  const posted: string[] = [];
  function* handle() {
    yield message('one');
    yield message('two');
    return message('reply');
  }
  expect(sendAll(handle(), ({ type }) => void posted.push(type))).toEqual(message('reply'));
  expect(posted).toEqual(['one', 'two']);
});

it('the reply of a generator that does not wait comes after its posts too, be it there or not', async () => {
  const sent = deferred<void>();
  function* handle(reply: ServerMessage | Promise<ServerMessage>) {
    yield message('one');
    return reply;
  }
  const replies: unknown[] = [];
  const done = [message('there'), Promise.resolve(message('later'))].map(async (reply) => {
    replies.push(await sendAll(handle(reply), () => sent.promise));
  });
  await turn();
  expect(replies).toEqual([]);
  sent.resolve();
  await Promise.all(done);
  expect(replies).toEqual(expect.arrayContaining([message('there'), message('later')]));
});

it('posts yielded messages in order, one at a time, while the handler works on', async () => {
  const posts: { type: string; sent: ReturnType<typeof deferred<void>> }[] = [];
  const steps: string[] = [];
  async function* handle() {
    steps.push('first');
    yield message('one');
    steps.push('second');
    yield message('two');
    steps.push('third');
    return message('reply');
  }
  let reply: ServerMessage | undefined;
  const sending = sendAll(handle(), ({ type }) => {
    const sent = deferred<void>();
    posts.push({ type, sent });
    return sent.promise;
  });
  const done = Promise.resolve(sending).then((last) => {
    reply = last;
  });
  await turn();
  expect(posts.map(({ type }) => type)).toEqual(['one']);
  expect(steps).toEqual(['first', 'second']); // it continued while "one" was being posted
  posts[0]?.sent.resolve();
  await turn();
  expect(posts.map(({ type }) => type)).toEqual(['one', 'two']);
  expect(steps).toEqual(['first', 'second', 'third']);
  expect(reply).toBeUndefined(); // the reply must not overtake "two"
  posts[1]?.sent.resolve();
  await done;
  expect(reply).toEqual(message('reply'));
});

it('throws an error after a yield when the preceding post has ended', async () => {
  const sent = deferred<void>();
  async function* handle(): AsyncGenerator<ServerMessage, ServerMessage> {
    yield message('one');
    throw new Error('broken');
  }
  let thrown: unknown;
  const done = Promise.resolve(sendAll(handle(), () => sent.promise)).catch((error) => {
    thrown = error;
  });
  await turn();
  expect(thrown).toBeUndefined();
  sent.resolve();
  await done;
  expect(thrown).toEqual(new Error('broken'));
});
