import { createAsk } from '../../../../cli/client/ask';
import { actionFrom } from '../../../../cli/client/commands';
import type { Connection } from '../../../../cli/client/connection';

function setUp() {
  const sent: [string, unknown][] = [];
  const connection = {
    send(type: string, data?: unknown) {
      sent.push([type, data]);
      return `id-${sent.length}`;
    },
  } as unknown as Connection;
  const ask = createAsk();
  return { sent, type: (line: string) => ask(actionFrom(line), connection) };
}

it('chats request pieces between /stream on and /stream off, and nothing else does', () => {
  const { sent, type } = setUp();
  for (const line of ['one', '/stream on', 'two', '/ping', '/stream off', 'three']) type(line);
  expect(sent).toEqual([
    ['chat_message', { content: 'one', role: 'user' }],
    ['chat_message', { content: 'two', role: 'user', stream: true }],
    ['ping', undefined],
    ['chat_message', { content: 'three', role: 'user' }],
  ]);
});

it('/cancel names the last chat, and expects no answer of its own', () => {
  const { sent, type } = setUp();
  expect(type('/cancel')).toBeUndefined();
  expect(type('one')).toEqual({ messageId: 'id-1', raw: false });
  type('/ping');
  expect(type('/cancel')).toBeUndefined();
  expect(sent.at(-1)).toEqual(['cancel', { message_id: 'id-1' }]);
  expect(sent).toHaveLength(3);
});
