import { answers, isFailure, rawQuestion } from '../../../../cli/client/answers';
import { receivedFrom } from '../../../../cli/client/frame';

function frame(type: string, reply_to?: string, rest: object = {}) {
  return receivedFrom(JSON.stringify({ type, data: {}, reply_to, ...rest }));
}

describe('the final answer', () => {
  const question = { messageId: 'a', raw: false };

  it('has the id of the question in reply_to', () => {
    expect(answers(frame('chat_response', 'a'), question)).toBe(true);
    expect(answers(frame('error', 'a'), question)).toBe(true);
    expect(answers(frame('of_a_new_type', 'a'), question)).toBe(true);
  });

  it.each([
    ['processing', 'a'],
    ['chat_delta', 'a'],
    ['chat_response', 'b'],
    ['chat_message', undefined],
    ['error', undefined],
  ])('is never a %s with reply_to %s', (type, replyTo) => {
    expect(answers(frame(type, replyTo), question)).toBe(false);
  });

  it('may be an error of a gateway in between', () => {
    expect(answers(receivedFrom('{"message": "Internal server error"}'), question)).toBe(true);
  });

  it.each(['{bad', '[]', '"x"', '{"type":"ping"}', '{"type":"ping","message_id":null}', '{"message_id":""}'])(
    'to raw text without an id is the next frame without reply_to that is not a push: %s',
    (text) => {
      const raw = rawQuestion(text);
      expect(raw).toEqual({ raw: true });
      expect(answers(frame('pong'), raw)).toBe(true);
      expect(answers(frame('error'), raw)).toBe(true);
      expect(answers(frame('of_a_type_of_the_team'), raw)).toBe(true);
      expect(answers(frame('pong', 'somebody'), raw)).toBe(false);
      expect(answers(frame('chat_message', undefined, { data: { from_api: true } }), raw)).toBe(false);
      expect(answers(frame('notification', undefined, { broadcast: '0mx070nzvj0t6' }), raw)).toBe(false);
      expect(answers(frame('connection_established'), raw)).toBe(false);
    },
  );

  it('to raw text with a numeric id has the id’s digits in reply_to', () => {
    const raw = rawQuestion('{"type":"ping","message_id":5}');
    expect(answers(frame('pong', '5'), raw)).toBe(true);
    expect(answers(frame('pong'), raw)).toBe(false);
  });

  it('to raw text with an id has that id in reply_to, or is an error of a server that could not read the id', () => {
    const raw = rawQuestion('{"type":"ping","message_id":"q"}');
    expect(answers(frame('pong', 'q'), raw)).toBe(true);
    expect(answers(frame('error'), raw)).toBe(true);
    expect(answers(frame('pong'), raw)).toBe(false);
    expect(answers(frame('error', 'other'), raw)).toBe(false);
  });
});

describe('a failure', () => {
  it.each([
    ['an error', frame('error')],
    ['a tool that failed', frame('tool_response', 'a', { data: { status: 'failed' } })],
    ['text that is not a frame', receivedFrom('{"message": "Internal server error"}')],
  ])('is %s', (_, received) => {
    expect(isFailure(received)).toBe(true);
  });

  it('is never a tool that completed', () => {
    expect(isFailure(frame('tool_response', 'a', { data: { status: 'completed' } }))).toBe(false);
  });
});
