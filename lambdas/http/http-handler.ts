/** Validates an HTTP event (payload 2.0), runs its operation, and converts the answer to a result and errors to problem details. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type * as z from 'zod';
import type { Dependencies } from '../ports/dependencies';
import { type Log, systemClock } from '../ports/runtime';
import { type HttpCall, type HttpCallKey, httpCalls, maxBodyBytesOf } from '../protocol/http-calls';
import { missing } from '../protocol/issue-text';
import { stringifyJson } from '../protocol/json';
import { Problem } from '../protocol/problems';
import { detailsFromIssues, parseWith } from '../protocol/validation';
import { type AuditDependencies, createAudit } from './audit';
import { createCallRate } from './call-rate';
import { type Caller, callerFromEvent } from './caller';
import { createGuard } from './guard';
import { createIdempotency, type IdempotencyDependencies, type KeyedIds } from './idempotency';
import { invalidRequest, jsonBodyOf } from './json-body';
import { problemFrom, upgradeRequired } from './problems';

type Part<Call, Name extends string> =
  Call extends Record<Name, infer Schema extends z.ZodType> ? z.output<Schema> : undefined;

/** Input of an operation: the validated parts of the request. */
export interface HttpRequest<Key extends HttpCallKey> {
  caller: Caller;
  path: Part<(typeof httpCalls)[Key], 'path'>;
  query: Part<(typeof httpCalls)[Key], 'query'>;
  body: Part<(typeof httpCalls)[Key], 'body'>;
  /** Set under an `Idempotency-Key`. */
  ids?: KeyedIds | undefined;
}

type AnswerBody<Call> = Call extends { answers: infer Answers }
  ? {
      [Status in keyof Answers]: Answers[Status] extends { body: infer Schema extends z.ZodType }
        ? z.output<Schema>
        : undefined;
    }[keyof Answers]
  : never;

/** An operation's answer; default status 200. */
export interface HttpAnswer<Key extends HttpCallKey> {
  status?: number;
  headers?: Record<string, string>;
  body: AnswerBody<(typeof httpCalls)[Key]>;
}

/** Implements a call. The event is for what no schema covers, such as the address that was called. @throws Problem */
export type Operation<Key extends HttpCallKey> = (
  request: HttpRequest<Key>,
  event: APIGatewayProxyEventV2,
) => Promise<HttpAnswer<Key>>;

export type Operations<Keys extends HttpCallKey> = { [Key in Keys]: Operation<Key> };

export type HttpHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/**
 * Operations with a POST need the answer store, because every POST takes an `Idempotency-Key`. Operations that change something need the
 * audit's dependencies. Keys that are bound to labels need the clients.
 */
type HttpDependencies<Keys> = Pick<Dependencies, 'log' | 'accessControl'> &
  Partial<Pick<Dependencies, 'clients'> & IdempotencyDependencies & AuditDependencies> &
  ([Extract<Keys, `POST ${string}`>] extends [never] ? unknown : IdempotencyDependencies) &
  ([Exclude<Keys, `GET ${string}`>] extends [never] ? unknown : AuditDependencies);

/**
 * @param operations  operations by route key
 */
export function createHttpHandler<Keys extends HttpCallKey>(
  operations: Operations<Keys>,
  dependencies: HttpDependencies<Keys>,
): HttpHandler {
  const { log, accessControl } = dependencies;
  const table = new Map(Object.entries(operations)) as Map<string, Operation<HttpCallKey>>;
  const oncePerKey = createIdempotency(dependencies as IdempotencyDependencies);
  const guard = createGuard(dependencies);
  const audit = createAudit(dependencies);
  const assertCallRate = createCallRate(dependencies.clock ?? systemClock);

  async function resultOf(answer: Promise<HttpAnswer<HttpCallKey>>, route: string) {
    try {
      const { status = 200, headers, body } = await answer;
      if (body === undefined) return { statusCode: status, headers: { ...NOT_KEPT, ...headers } };
      return jsonResult(status, body, headers);
    } catch (thrown) {
      return resultOfError(thrown, route, log);
    }
  }

  /** @param request  gets the parts of the request once they are known to be valid, also if the call is then refused */
  async function answerTo(
    event: APIGatewayProxyEventV2,
    key: string,
    operation: Operation<HttpCallKey>,
    caller: Caller,
    request: object,
  ) {
    const call: HttpCall = httpCalls[key as HttpCallKey];
    try {
      Object.assign(request, { caller, path: call.path?.safeParse(event.pathParameters ?? {}).data });
      assertCallRate(caller); // first, because each refused call writes to the audit log
      guard.admit(key, call, caller);
      Object.assign(request, requestFromEvent(call, event));
      await guard.assertReach(call, caller, request);
      const run = (ids?: KeyedIds) =>
        resultOf(operation({ ...(request as HttpRequest<HttpCallKey>), ids }, event), event.routeKey);
      return await (key.startsWith('POST ') ? oncePerKey(event, caller, run) : run());
    } catch (thrown) {
      return resultOfError(thrown, event.routeKey, log);
    }
  }

  return async function handleHttp(event) {
    try {
      if (isHandshake(event)) throw upgradeRequired();
      const key = servedKeyOf(event.routeKey);
      const operation = table.get(key);
      if (!operation) throw new Error(`no operation for the route ${event.routeKey}`);
      const isOpen = httpCalls[key as HttpCallKey].access === 'open';
      const caller = callerFromEvent(event, accessControl && !isOpen);
      const request: { path?: unknown; body?: unknown } = {};
      const result = await answerTo(event, key, operation, caller, request);
      await audit?.(key, caller, request, result);
      return result;
    } catch (thrown) {
      return resultOfError(thrown, event.routeKey, log);
    }
  };
}

/** HEAD is handled like GET; the platform drops the body. */
export function servedKeyOf(routeKey: string): string {
  return routeKey.replace(/^HEAD /, 'GET ');
}

/** True for a WebSocket handshake sent to the HTTP API. The platform removes `Upgrade`, but not this header. */
export function isHandshake({ headers }: Pick<APIGatewayProxyEventV2, 'headers'>): boolean {
  return headers?.['sec-websocket-key'] !== undefined;
}

/** Headers of every API answer: not cacheable, because answers are current and private to the caller. */
const NOT_KEPT = { 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' } as const;

export function jsonResult(
  statusCode: number,
  body: unknown,
  more: Record<string, string> = {},
): APIGatewayProxyStructuredResultV2 {
  const headers = { 'content-type': 'application/json', ...NOT_KEPT, ...more };
  return { statusCode, headers, body: stringifyJson(body) };
}

/** Problem details for any error. The cause of an internal error is logged and never sent. */
export function resultOfError(thrown: unknown, route: string, log: Log): APIGatewayProxyStructuredResultV2 {
  const problem = problemFrom(thrown);
  if (problem.status === 500 || problem.code === 'unavailable')
    log.error('call_failed', problem.cause ?? problem, { route });
  return resultOfProblem(problem);
}

export function resultOfProblem(problem: Problem): APIGatewayProxyStructuredResultV2 {
  const headers = { 'content-type': 'application/problem+json', ...NOT_KEPT, ...problem.extra.headers };
  return { statusCode: problem.status, headers, body: JSON.stringify(problem) };
}

function requestFromEvent(call: HttpCall, event: APIGatewayProxyEventV2) {
  return {
    path: call.path && validPart(call.path, event.pathParameters ?? {}, 'path'),
    query: call.query && validPart(call.query, event.queryStringParameters ?? {}, 'query'),
    body: call.body && validBody(call, call.body, event),
  };
}

function validBody(call: HttpCall, schema: z.ZodType, event: APIGatewayProxyEventV2): unknown {
  const value = jsonBodyOf(event, maxBodyBytesOf(call), call.moreCharacters);
  if (call.problems.includes('client_id_missing') && (value.client_id ?? undefined) === undefined) {
    const errors = [{ path: 'client_id', message: missing('string') }];
    throw new Problem('client_id_missing', 'client_id: missing; GET /clients lists the connected clients.', {
      errors,
    });
  }
  return validPart(schema, value, 'body');
}

function validPart(schema: z.ZodType, value: unknown, name: string): unknown {
  const parsed = parseWith(schema, value);
  if (!parsed.success) throw invalidRequest(detailsFromIssues(parsed.error.issues, name));
  return parsed.data;
}
