/** Parses the body of an HTTP call: UTF-8, and never more work than the largest message. */
import { isUtf8 } from 'node:buffer';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { isJsonObject, type JsonObject, nestsDeeperThan, parseJson } from '../protocol/json';
import { MAX_MESSAGE_BYTES, MAX_NESTING } from '../protocol/limits';
import { PROBLEMS, Problem } from '../protocol/problems';
import { summaryOfDetails } from '../protocol/validation';

type BodyParts = Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'>;

/**
 * @param moreCharacters  characters allowed in addition to one message
 * @throws Problem
 */
export function jsonBodyOf(event: BodyParts, maxBytes: number, moreCharacters = 0): JsonObject {
  const value = jsonOf(event, maxBytes, moreCharacters);
  if (!isJsonObject(value)) throw invalidRequest([{ path: 'body', message: 'Invalid input: expected object' }]);
  if (nestsDeeperThan(value, MAX_NESTING)) {
    throw invalidRequest([{ path: 'body', message: `Invalid input: nests deeper than ${MAX_NESTING} levels` }]);
  }
  return value;
}

/** Parses a body of any JSON type. @throws Problem */
export function jsonOf(event: BodyParts, maxBytes: number, moreCharacters = 0): unknown {
  const text = textOf(event, maxBytes);
  const maxLength = MAX_CONTENT_LENGTH + moreCharacters;
  if (contentLengthOf(text) > maxLength) {
    throw new Problem(
      'payload_too_large',
      `body: too large; without whitespace and escapes, the limit is ${maxLength} characters.`,
    );
  }
  return parse(text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text);
}

/** The platform passes a body as text, or in Base64 with its exact bytes. */
function textOf({ body = '', isBase64Encoded }: BodyParts, maxBytes: number): string {
  const bytes = isBase64Encoded ? Buffer.from(body, 'base64') : undefined;
  if ((bytes?.length ?? Buffer.byteLength(body)) > maxBytes) throw bodyTooLarge(maxBytes);
  if (bytes === undefined) return body;
  if (!isUtf8(bytes)) throw invalidBody('The body is not UTF-8; encode it as UTF-8.', 'expected UTF-8');
  return bytes.toString();
}

export function bodyTooLarge(maxBytes: number): Problem {
  return new Problem('payload_too_large', `body: too large; the limit of this call is ${maxBytes} bytes.`);
}

export function invalidRequest(errors: { path: string; message: string }[]): Problem {
  return new Problem('invalid_request', summaryOfDetails(errors), { errors });
}

const BYTE_ORDER_MARK = '\uFEFF';

/** Characters of a body without whitespace and escapes: one message, and the names of the body's own fields. */
const MAX_CONTENT_LENGTH = MAX_MESSAGE_BYTES + 2_048;

function parse(text: string): unknown {
  try {
    return parseJson(text);
  } catch {
    throw invalidBody(`${PROBLEMS.invalid_json.title}; send one JSON object.`, 'expected a JSON object');
  }
}

const QUOTE = '"'.charCodeAt(0);
const BACKSLASH = '\\'.charCodeAt(0);
const U = 'u'.charCodeAt(0);
const SPACE = ' '.charCodeAt(0);

/**
 * Characters of a JSON text, where an escape counts as one and whitespace between tokens as none. Counted before parsing, because parsing
 * is what takes time: 1 MiB of empty objects would block the process for 0.2 seconds.
 */
export function contentLengthOf(text: string): number {
  let length = 0;
  let isInString = false;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) isInString = !isInString;
    if (isInString && code === BACKSLASH) at += text.charCodeAt(at + 1) === U ? 5 : 1;
    if (isInString || code > SPACE) length += 1;
  }
  return length;
}

function invalidBody(sentence: string, expected: string): Problem {
  const errors = [{ path: 'body', message: `Invalid input: ${expected}` }];
  return new Problem('invalid_json', `body: ${sentence}`, { errors });
}
