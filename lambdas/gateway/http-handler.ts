/** An HTTP event (payload 2.0) to a validated request, an operation's answer to a result, and any throw to problem details. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type * as z from 'zod';
import { type HttpCall, type HttpCallKey, httpCalls } from '../protocol/http-calls';
import { isJsonObject, nestsDeeperThan } from '../protocol/json';
import { MAX_BODY_LENGTH, MAX_NESTING } from '../protocol/limits';
import { PROBLEMS, Problem } from '../protocol/problems';
import { detailsFromIssues, summaryOfDetails } from '../protocol/validation';
import type { Log } from '../runtime';

type Part<Call, Name extends string> =
  Call extends Record<Name, infer Schema extends z.ZodType> ? z.output<Schema> : undefined;

/** What an operation is given: the parts of the request that its call names, already valid. */
export interface HttpRequest<Key extends HttpCallKey> {
  path: Part<(typeof httpCalls)[Key], 'path'>;
  query: Part<(typeof httpCalls)[Key], 'query'>;
  body: Part<(typeof httpCalls)[Key], 'body'>;
}

type AnswerBody<Call> = Call extends { answers: infer Answers }
  ? {
      [Status in keyof Answers]: Answers[Status] extends { body: infer Schema extends z.ZodType }
        ? z.output<Schema>
        : undefined;
    }[keyof Answers]
  : never;

/** An operation's answer; 200 where it names no status. */
export interface HttpAnswer<Key extends HttpCallKey> {
  status?: number;
  body: AnswerBody<(typeof httpCalls)[Key]>;
}

/** What a call does. @throws Problem */
export type Operation<Key extends HttpCallKey> = (request: HttpRequest<Key>) => Promise<HttpAnswer<Key>>;

export type Operations<Keys extends HttpCallKey> = { [Key in Keys]: Operation<Key> };

export type HttpHandler = (event: APIGatewayProxyEventV2) => Promise<APIGatewayProxyStructuredResultV2>;

/** @param operations  what each route key of this entry does */
export function createHttpHandler<Keys extends HttpCallKey>(operations: Operations<Keys>, log: Log): HttpHandler {
  const table = new Map(Object.entries(operations)) as Map<string, Operation<HttpCallKey>>;
  return async function handleHttp(event) {
    try {
      const operation = table.get(event.routeKey);
      if (!operation) throw new Error(`no operation for the route ${event.routeKey}`);
      const { status = 200, body } = await operation(requestFromEvent(event) as HttpRequest<HttpCallKey>);
      return body === undefined ? { statusCode: status } : jsonResult(status, body);
    } catch (thrown) {
      return resultOfError(thrown, event.routeKey, log);
    }
  };
}

export function jsonResult(statusCode: number, body: unknown): APIGatewayProxyStructuredResultV2 {
  return { statusCode, headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
}

/** Problem details for anything thrown; the cause of an `internal_error` is logged and never sent. */
export function resultOfError(thrown: unknown, route: string, log: Log): APIGatewayProxyStructuredResultV2 {
  const problem = Problem.from(thrown);
  if (problem.code === 'internal_error') log.error('call_failed', problem.cause ?? problem, { route });
  return {
    statusCode: problem.status,
    headers: { 'content-type': 'application/problem+json', ...problem.extra.headers },
    body: JSON.stringify(problem),
  };
}

function requestFromEvent(event: APIGatewayProxyEventV2) {
  const call: HttpCall = httpCalls[event.routeKey as HttpCallKey];
  return {
    path: call.path && validPart(call.path, event.pathParameters ?? {}, 'path'),
    query: call.query && validPart(call.query, event.queryStringParameters ?? {}, 'query'),
    body: call.body && validBody(call, call.body, event),
  };
}

function validBody(call: HttpCall, schema: z.ZodType, event: APIGatewayProxyEventV2): unknown {
  const value = parseBody(event);
  if (!isJsonObject(value)) throw invalid([{ path: 'body', message: 'Invalid input: expected object' }]);
  if (nestsDeeperThan(value, MAX_NESTING)) {
    throw invalid([{ path: 'body', message: `Invalid input: nests deeper than ${MAX_NESTING} levels` }]);
  }
  if (call.problems.includes('client_id_missing') && value.client_id === undefined) {
    const errors = [{ path: 'client_id', message: 'Invalid input: expected string, received undefined' }];
    throw new Problem('client_id_missing', 'client_id: say which client is meant; GET /clients lists them.', {
      errors,
    });
  }
  return validPart(schema, value, 'body');
}

function parseBody({ body = '', isBase64Encoded }: APIGatewayProxyEventV2): unknown {
  const text = isBase64Encoded ? Buffer.from(body, 'base64').toString() : body;
  if (text.length > MAX_BODY_LENGTH) {
    throw new Problem('payload_too_large', `body: it may have ${MAX_BODY_LENGTH} characters; this has more.`);
  }
  try {
    return JSON.parse(text);
  } catch {
    const errors = [{ path: 'body', message: 'Invalid input: expected a JSON object' }];
    throw new Problem('invalid_json', `body: ${PROBLEMS.invalid_json.title}; send one JSON object.`, { errors });
  }
}

function validPart(schema: z.ZodType, value: unknown, name: string): unknown {
  const parsed = schema.safeParse(value);
  if (!parsed.success) throw invalid(detailsFromIssues(parsed.error.issues, name));
  return parsed.data;
}

function invalid(errors: { path: string; message: string }[]): Problem {
  return new Problem('invalid_request', summaryOfDetails(errors), { errors });
}
