import { actionFrom } from '../../../../cli/client/commands';

describe('a typed line', () => {
  it.each(['', '   ', '\t'])('does nothing if it is blank: %j', (line) => {
    expect(actionFrom(line)).toEqual({ kind: 'nothing' });
  });

  it.each(['hello', '  hello ', 'a / b', '你好', '{"type":"ping"}'])(
    'is sent as a chat message unless it is a command: %j',
    (line) => {
      expect(actionFrom(line)).toEqual({
        kind: 'message',
        type: 'chat_message',
        data: { content: line, role: 'user' },
      });
    },
  );

  it('can be /ping', () => {
    expect(actionFrom('/ping')).toEqual({ kind: 'message', type: 'ping' });
  });

  it.each([
    ['/tool add {"a": 2}', { tool_name: 'add', params: { a: 2 } }],
    ['/tool   add   {"a": "x y"}  ', { tool_name: 'add', params: { a: 'x y' } }],
    ['/tool clock', { tool_name: 'clock', params: {} }],
    ['/tool clock  ', { tool_name: 'clock', params: {} }],
  ])('calls a tool: %s', (line, data) => {
    expect(actionFrom(line)).toEqual({ kind: 'message', type: 'tool_call', data });
  });

  it.each([
    ['/raw {bad', '{bad'],
    ['/raw  two blanks ', ' two blanks '],
    ['/raw', ''],
  ])('sends raw text unchanged: %j', (line, text) => {
    expect(actionFrom(line)).toEqual({ kind: 'raw', text });
  });

  it.each([
    ['/stream on', true],
    ['/stream  off ', false],
  ])('turns streaming on or off: %s', (line, isOn) => {
    expect(actionFrom(line)).toEqual({ kind: 'stream', isOn });
  });

  it.each(['/stream', '/stream maybe'])('is refused if /stream is neither on nor off: %s', (line) => {
    expect(actionFrom(line)).toEqual({ kind: 'refused', reason: '/stream takes on or off' });
  });

  it.each(['help', 'quit', 'cancel'])('can be /%s', (kind) => {
    expect(actionFrom(`/${kind}`)).toEqual({ kind });
  });

  it.each(['/', '/pong', '/PING', '/toString', '/__proto__', '//'])(
    'is refused with a list of the commands if it is an unknown one: %s',
    (line) => {
      expect(actionFrom(line)).toEqual({
        kind: 'refused',
        reason: `unknown command ${line}; commands: /ping, /tool, /stream, /cancel, /raw, /help, /quit`,
      });
    },
  );

  it.each(['/tool add {bad', '/tool add [1]', '/tool add 5', '/tool add null', '/tool add "x"'])(
    'is refused if the parameters are not a JSON object: %s',
    (line) => {
      expect(actionFrom(line)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('JSON object') });
    },
  );

  it.each(['/tool', '/tool  ', '/tool {"a": 1}'])('is refused if the tool has no name: %j', (line) => {
    expect(actionFrom(line)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('name of a tool') });
  });

  it.each(['/ping now', '/quit please', '/help me'])(
    'is refused if a command without arguments has some: %s',
    (line) => {
      expect(actionFrom(line)).toMatchObject({
        kind: 'refused',
        reason: expect.stringContaining('takes no arguments'),
      });
    },
  );
});
