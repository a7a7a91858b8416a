/** The body of an HTTP call: what is refused before parsing, and the maximum cost of parsing. */
import { contentLengthOf, jsonBodyOf } from '../../../lambdas/http/json-body';
import { MAX_BODY_BYTES, MAX_MESSAGE_BYTES } from '../../../lambdas/protocol/limits';

const parse = jest.spyOn(JSON, 'parse');

beforeEach(() => parse.mockClear());

afterAll(() => parse.mockRestore());

/** The error code for a body; undefined if the body is accepted. */
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
    ['unclosed arrays', filled('[')],
  ])('with %s has more content than a message may have, and is not parsed', (_, body) => {
    expect(codeOf(body)).toBe('payload_too_large');
    expect(parse).not.toHaveBeenCalled();
  });

  it.each([
    ['spaces', `{${filled(' ')}}`],
    ['line breaks between all parts', `{"a":[${`0${'\n'.repeat(30)},`.repeat(30_000)}0]}`],
    ['the largest message, all of it in escapes', `{"content":"${'\\u0041'.repeat(MAX_MESSAGE_BYTES)}"}`],
  ])('with %s is parsed', (_, body) => {
    expect(codeOf(body)).toBeUndefined();
  });
});

it('a body above the limit of its call is refused without parsing it, as text or as Base64', () => {
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
