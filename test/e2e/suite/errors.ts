/** Messages that the server can't handle: each is answered with an error that gives the reason, and the connection stays open. */
import type { ErrorDetail } from '../../../lambdas/protocol/errors';
import { MAX_NAME_LENGTH, MAX_NESTING } from '../../../lambdas/protocol/limits';
import type { UnderTest } from './under-test';

const TOO_LONG_NAME = 'n'.repeat(MAX_NAME_LENGTH + 1);

/** Each row has the text, and the path that its error must name. */
const INVALID: [what: string, text: string, path: string][] = [
  ['an array', '[{"type": "ping"}]', 'message'],
  ['a string', '"ping"', 'message'],
  ['a number', '42', 'message'],
  ['null', 'null', 'message'],
  ['an object without type', '{"data": {}}', 'type'],
  ['a type that is a number', '{"type": 1}', 'type'],
  ['a type that is null', '{"type": null}', 'type'],
  ['chat without data', '{"type": "chat_message"}', 'data'],
  ['chat with data that is an array', '{"type": "chat_message", "data": [1]}', 'data'],
  ['chat with data that is text', '{"type": "chat_message", "data": "hello"}', 'data'],
  ['chat without content', '{"type": "chat_message", "data": {}}', 'data.content'],
  ['chat with content that is a number', '{"type": "chat_message", "data": {"content": 5}}', 'data.content'],
  ['chat with a role that is a number', '{"type": "chat_message", "data": {"content": "a", "role": 1}}', 'data.role'],
  ['a tool call without data', '{"type": "tool_call"}', 'data'],
  ['a tool call without tool_name', '{"type": "tool_call", "data": {"params": {}}}', 'data.tool_name'],
  ['a tool call with no name', '{"type": "tool_call", "data": {"tool_name": ""}}', 'data.tool_name'],
  [
    'a tool call with a name too long',
    `{"type": "tool_call", "data": {"tool_name": "${TOO_LONG_NAME}"}}`,
    'data.tool_name',
  ],
  [
    'a tool call with params that are an array',
    '{"type": "tool_call", "data": {"tool_name": "add", "params": [1]}}',
    'data.params',
  ],
  ['ping with data that is text', '{"type": "ping", "data": "now"}', 'data'],
  [
    'ping that nests too deep',
    `{"type": "ping", "data": {"a": ${'['.repeat(MAX_NESTING)}${']'.repeat(MAX_NESTING)}}}`,
    'message',
  ],
];

export function errors({ connect }: UnderTest): void {
  describe('text that is not JSON', () => {
    it.each(['hello', '{"type": "ping"', "{'type': 'ping'}", '{"type": "ping"} {"type": "ping"}', '{"a": NaN}', ' '])(
      '%j is answered with invalid_json, and the connection stays open',
      async (text) => {
        const client = await connect();
        const error = await client.askError(text);
        expect(error.data).toEqual({ code: 'invalid_json', error: expect.stringMatching(/\w/) });
        expect(error).not.toHaveProperty('reply_to');
        await client.expectOpen();
      },
    );
  });

  describe('an invalid message', () => {
    it.each(INVALID)('(%s) is answered with invalid_message that names the field', async (_, text, path) => {
      const client = await connect();
      const { data } = await client.askError(text);
      expect(data.code).toBe('invalid_message');
      expect(data.details.map((detail: { path: string }) => detail.path)).toContain(path);
      await client.expectOpen();
    });

    it('has every wrong field named, with what is expected there', async () => {
      const client = await connect();
      const { data } = await client.askError('{"type": "chat_message", "data": {"content": 1, "role": 2}}');
      const byPath = Object.fromEntries(data.details.map(({ path, message }: ErrorDetail) => [path, message]));
      const message = expect.stringContaining('expected string');
      expect(byPath).toEqual({ 'data.content': message, 'data.role': message });
    });
  });

  describe('an unknown type', () => {
    it.each([
      'nonsense',
      '',
      'PING',
      'pong',
      'chat_response',
      '$connect',
      '$default',
      'constructor',
      '__proto__',
      '你好',
    ])('%j is answered with unsupported_type, and the connection stays open', async (type) => {
      const client = await connect();
      const error = await client.ask({ type, data: {} });
      expect(error).toMatchObject({ type: 'error', data: { code: 'unsupported_type' } });
      await client.expectOpen();
    });
  });

  describe('many errors in a row', () => {
    it('leave the connection and the session unchanged', async () => {
      const client = await connect();
      for (const text of ['{', '[]', '{"type": "nonsense"}', '{"type": "chat_message"}', '"', '{"type": {}}']) {
        await client.askError(text);
      }
      const answer = await client.ask({ type: 'chat_message', data: { content: 'still here' } });
      expect(answer).toMatchObject({ type: 'chat_response', data: { content: 'Echo: still here' } });
    });
  });
}
