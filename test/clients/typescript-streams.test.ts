/** Streamed replies in the TypeScript client: as an iteration, cancelled, and complete whatever happens to their pieces. */
import fc from 'fast-check';
import { type ChatReply, createClient, type SwitchboardClient } from '../../clients/typescript/src';
import { StreamedText } from '../../clients/typescript/src/streamed-text';
import { settle, VectorClock, VectorSocket } from '../support/vector-player';

type Json = Record<string, unknown>;

let socket: VectorSocket;
let client: SwitchboardClient;

class Socket extends VectorSocket {
  constructor(url: string, protocols?: string[]) {
    super(url, protocols);
    socket = this;
  }
}

async function say(frame: Json): Promise<void> {
  socket.tell('onmessage', { data: JSON.stringify(frame) });
  await settle();
}

async function ask(options = {}): Promise<{ reply: ChatReply; id: unknown }> {
  const reply = client.chat('Hi', { stream: true, ...options });
  await settle();
  return { reply, id: socket.sent.shift()?.message_id };
}

beforeEach(async () => {
  client = createClient({
    url: 'wss://example.com/live',
    webSocket: Socket,
    clock: new VectorClock(),
    random: () => 0,
  });
  client.connect().catch(() => {});
  await settle();
  await say({ type: 'connection_established', data: { client_id: 'c', epoch: 'e', seq: 0 } });
});

const delta = (id: unknown, index: number, text: string) =>
  say({ type: 'chat_delta', data: { index, delta: text }, reply_to: id });
const end = (id: unknown, content: string, status = 'completed') =>
  say({ type: 'chat_response', data: { content, status }, message_id: 'r', reply_to: id, epoch: 'e', seq: 1 });

async function textsOf(reply: AsyncIterable<string>): Promise<string[]> {
  const texts: string[] = [];
  for await (const text of reply) texts.push(text);
  return texts;
}

it('a reply yields the text so far each time it grows, and finally the whole', async () => {
  const { reply, id } = await ask();
  const texts = textsOf(reply);
  await delta(id, 0, 'Good ');
  await delta(id, 1, 'day');
  await end(id, 'Good day.');
  expect(await texts).toEqual(['Good ', 'Good day', 'Good day.']);
  expect(await reply).toMatchObject({ content: 'Good day.', status: 'completed' });
});

it('a reply without pieces yields the whole, once', async () => {
  const { reply, id } = await ask();
  await end(id, 'Good day');
  expect(await textsOf(reply)).toEqual(['Good day']);
});

it('a reply that fails throws in the iteration too', async () => {
  const { reply, id } = await ask();
  const failures = [textsOf(reply), reply].map((promise) => (promise as Promise<unknown>).catch(({ code }) => code));
  await say({ type: 'error', data: { code: 'internal_error', error: 'no' }, reply_to: id, epoch: 'e', seq: 1 });
  expect(await Promise.all(failures)).toEqual(['internal_error', 'internal_error']);
});

it('a cancel is sent, and the reply ends with the text so far', async () => {
  const { reply, id } = await ask();
  await delta(id, 0, 'Good ');
  reply.cancel();
  expect(socket.sent.shift()).toMatchObject({ type: 'cancel', data: { message_id: id } });
  await end(id, 'Good ', 'cancelled');
  expect(await reply).toMatchObject({ status: 'cancelled', content: 'Good ' });
});

it('a cancel is sent again after a reconnect, with its message', async () => {
  const { reply, id } = await ask();
  reply.cancel();
  socket.sent.length = 0;
  socket.tell('onclose', { code: 1006 });
  await settle();
  client.wake();
  await settle();
  await say({ type: 'connection_established', data: { client_id: 'c', epoch: 'e', seq: 0 } });
  expect(socket.sent.map(({ type, data }) => [type, (data as Json).message_id ?? 'Hi'])).toEqual([
    ['chat_message', 'Hi'],
    ['cancel', id],
  ]);
  await end(id, '', 'cancelled');
  await reply;
});

it('what is shown is always a prefix of the whole text, whatever happens to the pieces', () => {
  const pieces = fc.array(fc.string({ minLength: 1 }), { maxLength: 60 });
  const fates = fc.array(
    fc.record({ from: fc.nat(), isDropped: fc.boolean(), isDoubled: fc.boolean(), isSnapshot: fc.boolean() }),
  );
  fc.assert(
    fc.property(pieces, fates, fc.infiniteStream(fc.nat()), (all, fate, random) => {
      const whole = all.join('');
      const posts = all.flatMap((piece, index) => {
        const { isDropped, isDoubled, isSnapshot } = fate[index] ?? {};
        const post = isSnapshot ? { index, content: all.slice(0, index + 1).join('') } : { index, delta: piece };
        if (isDropped) return [];
        return isDoubled ? [post, post] : [post];
      });
      const order = posts.map((post) => ({ post, at: random.next().value % 1_000 })).sort((a, b) => a.at - b.at);
      const text = new StreamedText();
      let shown = '';
      for (const { post } of order) {
        const next = text.add(post);
        if (next === undefined) continue;
        expect(whole.startsWith(next)).toBe(true);
        expect(next.startsWith(shown)).toBe(true);
        shown = next;
      }
    }),
  );
});
