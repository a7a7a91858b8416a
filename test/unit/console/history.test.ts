import type { Message } from '../../../console/answers';
import { answersIn, type Conversation, createHistory } from '../../../console/history';

function open({ readPage }: ReturnType<typeof createServer>) {
  let shown: Conversation = { messages: [], hasOlder: false };
  const history = createHistory(readPage, (conversation) => {
    shown = conversation;
  });
  return {
    ...history,
    count: () => shown.messages.length,
    times: () => timesOf(shown.messages),
    async readAll() {
      while (shown.hasOlder) await history.readOlder();
      return timesOf(shown.messages);
    },
  };
}

/** Newest first, as the server returns them. */
function createServer() {
  const all: Message[] = [];
  return {
    say(count: number, more: Partial<Message> = {}): void {
      for (let index = 0; index < count; index++) {
        const timestamp = new Date(all.length).toISOString();
        all.unshift({ message_id: 'm', direction: 'in', type: 'chat_message', data: {}, timestamp, ...more });
      }
    },
    async readPage(limit: number, cursor = '0') {
      const from = all.findIndex(({ timestamp }) => cursor === '0' || timestamp < cursor);
      const messages = from < 0 ? [] : all.slice(from, from + limit);
      const isLast = from < 0 || from + limit >= all.length;
      return { messages, ...(!isLast && { next_cursor: messages.at(-1)?.timestamp ?? '' }) };
    },
    /** Oldest first. */
    times: () => all.map(({ timestamp }) => timestamp).reverse(),
  };
}

const timesOf = (messages: readonly Message[]) => messages.map(({ timestamp }) => timestamp);

it.each([1, 40, 149, 150, 151, 400])(
  'shows each of %i messages that arrived at once, without duplicates or gaps',
  async (count) => {
    const server = createServer();
    const history = open(server);
    server.say(130);
    await history.look();
    server.say(count);
    await history.look();
    expect(history.times()).toEqual(server.times().slice(-history.count()));
    expect(await history.readAll()).toEqual(server.times());
  },
);

it('keeps a bounded number of messages while new ones arrive', async () => {
  const server = createServer();
  const history = open(server);
  await history.look();
  for (let look = 0; look < 40; look++) {
    server.say(100);
    await history.look();
  }
  expect(history.count()).toBeLessThan(2_500);
  expect(await history.readAll()).toEqual(server.times());
});

it('reads older and new messages sequentially', async () => {
  const server = createServer();
  const history = open(server);
  server.say(300);
  await history.look();
  server.say(10);
  await Promise.all([history.readOlder(), history.look(), history.readOlder(), history.readOlder()]);
  expect(history.times()).toEqual(server.times());
});

const message = (id: string, more: Partial<Message>): Message => ({
  message_id: id,
  direction: 'in',
  type: 'chat_message',
  data: {},
  timestamp: '2026-01-01T00:00:00.000Z',
  ...more,
});

it('pairs each of two messages with the same id with its own answer', () => {
  const [one, two] = [message('m-1', {}), message('m-1', {})];
  const [first, second] = [
    message('a', { direction: 'out', reply_to: 'm-1' }),
    message('b', { direction: 'out', reply_to: 'm-1' }),
  ];
  const pairs = [
    [one, first],
    [two, second],
  ];
  expect([...answersIn([one, first, two, second])]).toEqual(pairs);
  expect([...answersIn([one, two, first, second])]).toEqual(pairs);
  expect([...answersIn([first, one])]).toEqual([]);
});

it('finds the answer to a call by its message_id or by its call_id', () => {
  const call = message('c', { direction: 'out', type: 'tool_call', data: { call_id: 'id' } });
  const answer = message('r', { type: 'tool_response', data: { call_id: 'id' } });
  expect(answersIn([call, answer]).get(call)).toBe(answer);
  const reply = message('r', { type: 'tool_response', reply_to: 'c' });
  expect(answersIn([call, reply]).get(call)).toBe(reply);
  expect(answersIn([call, message('r', { type: 'chat_message', data: { call_id: 'id' } })]).size).toBe(0);
});
