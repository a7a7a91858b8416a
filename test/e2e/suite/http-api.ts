/** The HTTP API under test: every answer is checked against the schema of its call, and every error must be problem details. */
import { type HttpCall, type HttpCallKey, httpCalls } from '../../../lambdas/protocol/http-calls';
import { PROBLEMS, type ProblemCode, problemSchema, problemsOf } from '../../../lambdas/protocol/problems';
import { call, type HttpResponse } from '../../support/http';
import type { Target } from './target';

export interface HttpParts {
  /** Values of the path parameters. */
  path?: Record<string, string>;
  query?: Record<string, string | number>;
  /** An object is sent as JSON, a string unchanged. */
  body?: unknown;
  headers?: Record<string, string>;
}

export interface HttpApi {
  /** Makes a call of the API, and checks that the answer is documented. */
  call(key: HttpCallKey, parts?: HttpParts): Promise<HttpResponse>;
  /** Makes a call that must fail with this problem. */
  problem(code: ProblemCode, key: HttpCallKey, parts?: HttpParts): Promise<HttpResponse>;
  /** Makes any request, and checks nothing. It has the API key, unless the test sets that header itself. */
  send(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<HttpResponse>;
}

/** @param target  its URL may have a path, which all paths of the API are relative to */
export function createHttpApi(target: () => Target): HttpApi {
  const send: HttpApi['send'] = (method, path, body, headers) => {
    const { httpUrl, apiKey } = target();
    const authorization = apiKey === undefined ? undefined : { authorization: `Bearer ${apiKey}` };
    return call(method, `${httpUrl.replace(/\/$/, '')}${path}`, body, { ...authorization, ...headers });
  };

  const api: HttpApi = {
    send,
    async call(key, parts = {}) {
      const [method = '', template = ''] = key.split(' ');
      const response = await send(method, pathOf(template, parts), parts.body, parts.headers);
      expectConformingAnswer(key, response);
      return response;
    },
    async problem(code, key, parts) {
      const response = await api.call(key, parts);
      expect({ status: response.status, code: response.body?.code }).toEqual({ status: PROBLEMS[code].status, code });
      return response;
    },
  };
  return api;
}

function pathOf(template: string, { path = {}, query = {} }: HttpParts): string {
  const filled = template.replace(/\{(\w+)\}/g, (_, name) => encodeURIComponent(path[name] ?? ''));
  const search = new URLSearchParams(
    Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
  ).toString();
  return search === '' ? filled : `${filled}?${search}`;
}

function expectConformingAnswer(key: HttpCallKey, response: HttpResponse): void {
  const row: HttpCall = httpCalls[key];
  const { answers } = row;
  const answer = answers[response.status];
  if (answer === undefined) {
    expectProblem(response);
    expect([...problemsOf(key, row), 'internal_error']).toContain(response.body.code);
  } else if (answer.body === undefined) {
    expect(response.body).toBe('');
  } else {
    expect(response.headers.get('content-type')).toMatch(/^application\/json\b/);
    expect(answer.body.parse(response.body)).toEqual(response.body);
  }
}

/** Fails if an error is anything but complete problem details. */
export function expectProblem({ status, headers, body }: HttpResponse): void {
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json\b/);
  expect(problemSchema.parse(body)).toEqual(body);
  const code: ProblemCode = body.code;
  expect(body).toMatchObject({ status, title: PROBLEMS[code].title });
  expect(PROBLEMS[code].status).toBe(status);
  expect(body.detail).not.toBe('');
  if (status === 400 || status === 422) expect(body.errors).not.toEqual([]);
  if (status === 429) expect(headers.get('retry-after')).not.toBeNull();
}
