/** The body of an HTTP call: what is refused before it is parsed, and what parsing costs at most. */
import { contentLengthOf, jsonBodyOf } from '../../../lambdas/http/json-body';
import { MAX_BODY_BYTES, MAX_MESSAGE_BYTES } from '../../../lambdas/protocol/limits';

const parse = jest.spyOn(JSON, 'parse');

beforeEach(() => parse.mockClear());

afterAll(() => parse.mockRestore());

/** The code of the problem that a body ends with; undefined where it is taken. */
function codeOf(body: string, maxBytes = MAX_BODY_BYTES): string | undefined {
  try {
    jsonBodyOf({ body, isBase64Encoded: false }, maxBytes);
    return undefined;
  } catch (problem) {
    return (problem as { code: string }).code;
  }
}

const MIB = 1_048_576;
const filled = (part: string) => part.repeat(Math.floor((MIB - 20) / part.length));

describe('a body of 1 MiB', () => {
  it.each([
    ['empty objects', `{"a":[${filled('{},')}0]}`],
    ['empty arrays', `{"a":[${filled('[],')}0]}`],
    ['numbers', `{"a":[${filled('0,')}0]}`],
    ['numbers that a double cannot hold', `{"a":[${filled('1e400,')}0]}`],
    ['one number', `{"a":0.5,"b":1.${filled('0')}1}`],
    ['keys', `{${filled('"a":0,')}"b":1}`],
    ['text', `{"a":"${filled('x')}"}`],
    ['arrays that nobody closes', filled('[')],
  ])('of %s says more than a message may, and is not parsed', (_, body) => {
    expect(codeOf(body)).toBe('payload_too_large');
    expect(parse).not.toHaveBeenCalled();
  });

  it.each([
    ['spaces', `{${filled(' ')}}`],
    ['line breaks between all parts', `{"a":[${`0${'\n'.repeat(30)},`.repeat(30_000)}0]}`],
    ['the largest message, all of it in escapes', `{"content":"${'\\u0041'.repeat(MAX_MESSAGE_BYTES)}"}`],
  ])('that has %s is parsed', (_, body) => {
    expect(codeOf(body)).toBeUndefined();
  });
});

it('a larger body than the call takes is refused unread, in text as in Base64', () => {
  expect(codeOf('x'.repeat(101), 100)).toBe('payload_too_large');
  expect(codeOf('語'.repeat(34), 100)).toBe('payload_too_large'); // bytes count, not characters
  const body = Buffer.from('x'.repeat(101)).toString('base64');
  expect(() => jsonBodyOf({ body, isBase64Encoded: true }, 100)).toThrow('the limit of this call is 100 bytes');
  expect(parse).not.toHaveBeenCalled();
});

it.each([
  ['', 0],
  [' {\n"a" : 1 } ', 7],
  ['"a b"', 5],
  ['"\\u0041\\n\\""', 5],
  ['"\\\\"', 3],
])('%j counts as %i characters', (text, length) => {
  expect(contentLengthOf(text)).toBe(length);
});
