/** Invalid HTTP calls: each fails with problem details that give the reason, and name the field if one is wrong. */
import { randomUUID } from 'node:crypto';
import type { HttpCallKey } from '../../../lambdas/protocol/http-calls';
import { MAX_NAME_LENGTH, MAX_NESTING } from '../../../lambdas/protocol/limits';
import type { HttpResponse } from '../../support/http';
import { expectProblem, type HttpParts } from './http-api';
import type { UnderTest } from './under-test';

const NOBODY = randomUUID();
const TOO_LONG = 'n'.repeat(MAX_NAME_LENGTH + 1);
const TOO_DEEP = JSON.parse(`${'{"a":'.repeat(MAX_NESTING)}{}${'}'.repeat(MAX_NESTING)}`);

const WITH_BODY = ['POST /send_message', 'POST /call_tool', 'POST /broadcast'] as const;

/** Each call, its parts, and the field that its 422 must name. */
const INVALID: [key: HttpCallKey, parts: HttpParts, field: string][] = [
  ['POST /send_message', { body: { client_id: NOBODY } }, 'content'],
  ['POST /send_message', { body: { client_id: NOBODY, content: 5 } }, 'content'],
  ['POST /send_message', { body: { client_id: NOBODY, content: null } }, 'content'],
  ['POST /send_message', { body: { client_id: 5, content: 'a' } }, 'client_id'],
  ['POST /send_message', { body: { client_id: '', content: 'a' } }, 'client_id'],
  ['POST /send_message', { body: { client_id: TOO_LONG, content: 'a' } }, 'client_id'],
  ['POST /call_tool', { body: { client_id: NOBODY } }, 'tool_name'],
  ['POST /call_tool', { body: { client_id: NOBODY, tool_name: '' } }, 'tool_name'],
  ['POST /call_tool', { body: { client_id: NOBODY, tool_name: TOO_LONG } }, 'tool_name'],
  ['POST /call_tool', { body: { client_id: NOBODY, tool_name: 'show', params: [1] } }, 'params'],
  ['POST /call_tool', { body: { client_id: NOBODY, tool_name: 'show', params: TOO_DEEP } }, 'body'],
  ['POST /broadcast', { body: {} }, 'message_type'],
  ['POST /broadcast', { body: { message_type: 5 } }, 'message_type'],
  ['POST /broadcast', { body: { message_type: '' } }, 'message_type'],
  ['POST /broadcast', { body: { message_type: TOO_LONG } }, 'message_type'],
  ['POST /broadcast', { body: { message_type: 'news', data: 'text' } }, 'data'],
  ['POST /broadcast', { body: { message_type: 'news', data: [1] } }, 'data'],
  ['GET /clients', { query: { limit: 0 } }, 'limit'],
  ['GET /clients', { query: { limit: 1_001 } }, 'limit'],
  ['GET /clients', { query: { limit: 1.5 } }, 'limit'],
  ['GET /clients', { query: { limit: 'many' } }, 'limit'],
  ['GET /clients', { query: { cursor: 'not a cursor' } }, 'cursor'],
  ['GET /clients/{client_id}/messages', { path: { client_id: NOBODY }, query: { limit: 0 } }, 'limit'],
  ['GET /clients/{client_id}/messages', { path: { client_id: NOBODY }, query: { limit: 1_001 } }, 'limit'],
  ['GET /clients/{client_id}/messages', { path: { client_id: NOBODY }, query: { cursor: 'not a cursor' } }, 'cursor'],
];

const NOT_THERE: [key: HttpCallKey, parts: HttpParts][] = [
  ['GET /clients/{client_id}', { path: { client_id: NOBODY } }],
  ['GET /clients/{client_id}', { path: { client_id: 'no-uuid' } }],
  ['GET /clients/{client_id}', { path: { client_id: '__proto__' } }],
  ['GET /clients/{client_id}/messages', { path: { client_id: NOBODY } }],
  ['DELETE /clients/{client_id}', { path: { client_id: NOBODY } }],
  ['POST /send_message', { body: { client_id: NOBODY, content: 'hello' } }],
  ['POST /call_tool', { body: { client_id: NOBODY, tool_name: 'show' } }],
];

function expectNames({ body }: HttpResponse, field: string): void {
  expect(body.errors.map(({ path }: { path: string }) => path)).toContain(field);
  expect(body.detail).toContain(field);
}

export function problems({ http }: UnderTest): void {
  describe.each(WITH_BODY)('%s', (key) => {
    it.each(['', 'hello', '{"client_id": ', "{'client_id': 'a'}"])('answers 400 if the body is %j', async (body) => {
      expectNames(await http.problem('invalid_json', key, { body }), 'body');
    });

    it.each(['[]', '"text"', '5', 'null', 'true'])('answers 422 if the body is %s', async (body) => {
      expectNames(await http.problem('invalid_request', key, { body }), 'body');
    });
  });

  describe.each(['POST /send_message', 'POST /call_tool'] as const)('%s', (key) => {
    it.each([{}, { content: 'hello', tool_name: 'show' }, { content: 5 }])(
      'answers 400 and names client_id if the body %j has none',
      async (body) => {
        expectNames(await http.problem('client_id_missing', key, { body }), 'client_id');
      },
    );
  });

  describe('an invalid request', () => {
    it.each(INVALID)('(%s %j) answers 422 and names %s', async (key, parts, field) => {
      expectNames(await http.problem('invalid_request', key, parts), field);
    });
  });

  describe('something that does not exist', () => {
    it.each(NOT_THERE)('(%s %j) answers 404', async (key, parts) => {
      await http.problem('client_not_found', key, parts);
    });

    it.each([NOBODY, 'no-uuid'])('(a broadcast %s) answers 404', async (broadcast_id) => {
      await http.problem('broadcast_not_found', 'GET /broadcasts/{broadcast_id}', { path: { broadcast_id } });
    });

    it.each(['/nothing', '/clients/a/b/c', '/docs/nothing.js', '/docs/..%2fpackage.json', '/__proto__'])(
      '(%s) answers 404',
      async (path) => {
        const response = await http.send('GET', path);
        expectProblem(response);
        expect(response.body.code).toBe('not_found');
      },
    );
  });

  describe('a method that a path does not have', () => {
    it.each([
      ['POST', '/clients', 'GET, HEAD, OPTIONS'],
      ['DELETE', '/clients', 'GET, HEAD, OPTIONS'],
      ['PUT', '/status', 'GET, HEAD, OPTIONS'],
      ['GET', '/send_message', 'POST, OPTIONS'],
      ['GET', '/broadcast', 'POST, OPTIONS'],
      ['PATCH', `/clients/${NOBODY}`, 'GET, HEAD, DELETE, OPTIONS'],
    ])('(%s %s) answers 405 and lists the allowed methods', async (method, path, allowed) => {
      const response = await http.send(method, path);
      expectProblem(response);
      expect(response.body.code).toBe('method_not_allowed');
      expect(response.headers.get('allow')).toBe(allowed);
    });
  });
}
