import { linesFrom, type Paint } from '../../../../cli/client/format';
import { receivedFrom } from '../../../../cli/client/frame';

/** A time without a zone is local time, like the times shown, so these tests pass in every zone. */
const timestamp = '2024-01-01T12:34:56';
const INDENT = ' '.repeat(25);

function shown(type: string, data: object, paint?: Paint): string[] {
  return linesFrom(receivedFrom(JSON.stringify({ type, data, message_id: 'm', timestamp })), paint);
}

describe('a received frame', () => {
  it.each([
    ['chat_response', { content: 'Echo: hello', status: 'completed', model: 'echo' }, 'chat_response  Echo: hello'],
    ['chat_response', { content: 'Once', status: 'cancelled' }, 'chat_response  (cancelled) Once'],
    ['chat_response', { content: 'Try again.', status: 'failed' }, 'chat_response  (failed) Try again.'],
    ['chat_message', { content: 'hi', from_api: true }, 'chat_message   from the server: hi'],
    ['processing', { status: 'processing' }, 'processing'],
    ['pong', { timestamp }, 'pong'],
    ['tool_response', { tool_name: 'add', result: 5, status: 'completed' }, 'tool_response  add = 5'],
    ['tool_response', { tool_name: 'x', result: { a: 1 }, status: 'completed' }, 'tool_response  x = {"a":1}'],
    [
      'tool_response',
      { tool_name: 'x', result: 'y', status: 'completed', simulated: true },
      'tool_response  x (simulated: nobody registered it) = "y"',
    ],
    [
      'tool_response',
      { tool_name: 'x', result: null, status: 'failed', error: { code: 'c', message: 'm' } },
      'tool_response  x failed: c: m',
    ],
    ['tool_call', { tool_name: 'x', params: { a: 1 }, from_api: true }, 'tool_call      from the server: x {"a":1}'],
    ['notification', { message: 'news' }, 'notification   {"message":"news"}'],
  ])('is summarized on one line: %s', (type, data, line) => {
    expect(shown(type, data)).toEqual([`12:34:56  ${line}`]);
  });

  it('shows its error code and each detail', () => {
    const details = [
      { path: 'data.content', message: 'missing' },
      { path: 'message_id', message: 'too long' },
    ];
    expect(shown('error', { error: 'Not valid.', code: 'invalid_message', details })).toEqual([
      '12:34:56  error          invalid_message: Not valid.',
      `${INDENT}data.content: missing`,
      `${INDENT}message_id: too long`,
    ]);
  });

  it('shows the client’s own id and the limits', () => {
    const data = { client_id: 'c-1', protocol: 1, heartbeat_seconds: 240, max_message_bytes: 131072 };
    expect(shown('connection_established', data)).toEqual([
      '12:34:56  connection_established  you are client c-1',
      `${INDENT}protocol 1, heartbeat every 240 s, up to 131072 bytes a message`,
    ]);
  });

  it('indents a long result and the continuation lines of a text', () => {
    const lines = shown('tool_response', { tool_name: 'x', result: { long: 'y'.repeat(90) }, status: 'completed' });
    expect(lines).toEqual(['12:34:56  tool_response  x = {', `${INDENT}  "long": "${'y'.repeat(90)}"`, `${INDENT}}`]);
    expect(shown('chat_response', { content: 'a\nb' })).toEqual(['12:34:56  chat_response  a', `${INDENT}b`]);
  });

  it('is shortened if it is very long, and says by how much', () => {
    const [line = ''] = shown('chat_response', { content: 'x'.repeat(10_000) });
    expect(line).toHaveLength('12:34:56  chat_response  '.length + 4_000 + ' … (6000 more characters)'.length);
    expect(line).toMatch(/ … \(6000 more characters\)$/);
  });

  it('cannot send control sequences to the terminal', () => {
    const [line] = shown('chat_response', { content: 'a\u001b[2Jb\rc\u0007d\u202ee\u009bf' });
    expect(line).toBe('12:34:56  chat_response  a\\u001b[2Jb\\u000dc\\u0007d\\u202ee\\u009bf');
    expect(shown('no\u001b[31mtice', {}).join('')).not.toContain('\u001b');
  });

  it('is shown as it is if it is not a frame', () => {
    expect(linesFrom(receivedFrom('{"message": "Forbidden"}'))).toEqual([
      '--:--:--  no frame       {"message": "Forbidden"}',
    ]);
    expect(linesFrom(receivedFrom('<html>'))).toEqual(['--:--:--  no frame       <html>']);
  });

  it.each([{}, { content: 5 }, { content: null }, { details: 'x', error: [] }, { result: undefined }])(
    'is shown whatever its shape: %j',
    (data) => {
      for (const type of ['chat_response', 'error', 'tool_response', 'tool_call', 'connection_established']) {
        expect(shown(type, data)[0]).toMatch(new RegExp(`^12:34:56 {2}${type}`));
      }
    },
  );

  it('is shown without time or data', () => {
    expect(linesFrom(receivedFrom('{"type": "pong", "timestamp": "soon"}'))).toEqual(['--:--:--  pong']);
  });

  it('has another colour if it is an error', () => {
    const paint: Paint = (style, text) => `<${style}>${text}</>`;
    expect(shown('error', { code: 'c', error: 'e' }, paint)[0]).toContain('<red>error        </>');
    expect(shown('chat_response', { content: 'x' }, paint)[0]).toContain('<green>chat_response</>');
  });
});
