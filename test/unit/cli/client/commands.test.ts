import { actionFrom } from '../../../../cli/client/commands';

describe('a typed line', () => {
  it.each(['', '   ', '\t'])('asks for nothing where it is blank: %j', (line) => {
    expect(actionFrom(line)).toEqual({ kind: 'nothing' });
  });

  it.each(['hello', '  hello ', 'a / b', '你好', '{"type":"ping"}'])('is a chat message as it is: %j', (line) => {
    expect(actionFrom(line)).toEqual({
      kind: 'message',
      type: 'chat_message',
      data: { content: line, role: 'user' },
    });
  });

  it('pings', () => {
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
  ])('sends raw text as it is: %j', (line, text) => {
    expect(actionFrom(line)).toEqual({ kind: 'raw', text });
  });

  it.each([
    ['/stream on', true],
    ['/stream  off ', false],
  ])('asks for pieces, or not: %s', (line, isOn) => {
    expect(actionFrom(line)).toEqual({ kind: 'stream', isOn });
  });

  it.each(['/stream', '/stream maybe'])('is refused where it is no switch: %s', (line) => {
    expect(actionFrom(line)).toEqual({ kind: 'refused', reason: '/stream takes on or off' });
  });

  it.each(['help', 'quit', 'cancel'])('knows /%s', (kind) => {
    expect(actionFrom(`/${kind}`)).toEqual({ kind });
  });

  it.each(['/', '/pong', '/PING', '/toString', '/__proto__', '//'])('is refused with what there is: %s', (line) => {
    expect(actionFrom(line)).toEqual({
      kind: 'refused',
      reason: `${line} is no command; there are /ping, /tool, /stream, /cancel, /raw, /help, /quit`,
    });
  });

  it.each(['/tool add {bad', '/tool add [1]', '/tool add 5', '/tool add null', '/tool add "x"'])(
    'is refused where the parameters are no JSON object: %s',
    (line) => {
      expect(actionFrom(line)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('JSON object') });
    },
  );

  it.each(['/tool', '/tool  ', '/tool {"a": 1}'])('is refused where the tool has no name: %j', (line) => {
    expect(actionFrom(line)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('name of a tool') });
  });

  it.each(['/ping now', '/quit please', '/help me'])('is refused where a command stands alone: %s', (line) => {
    expect(actionFrom(line)).toMatchObject({ kind: 'refused', reason: expect.stringContaining('stands alone') });
  });
});
