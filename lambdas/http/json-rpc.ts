/** JSON-RPC errors for bodies that are not MCP requests, and arrays of requests, which one revision of MCP allows. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { httpCalls, maxBodyBytesOf } from '../protocol/http-calls';
import { stringifyJson } from '../protocol/json';
import { type HttpHandler, jsonResult } from './http-handler';
import { jsonOf } from './json-body';

/** The only revision in which a body may be an array. Its clients may omit the version header. */
const WITH_ARRAYS = '2025-03-26';

/** Requests per array. Each may wait for its client, and all wait in parallel. */
const MAX_REQUESTS = 20;

const CALL = httpCalls['POST /clients/{client_id}/mcp'];

const CODES: Readonly<Record<string, { code: number; message: string }>> = {
  invalid_json: { code: -32_700, message: 'Parse error: the body is not JSON, or not UTF-8.' },
  invalid_request: {
    code: -32_600,
    message: 'Invalid Request: the body is not a JSON object, or is nested too deeply.',
  },
};

type Result = Awaited<ReturnType<HttpHandler>>;

/**
 * @param handle  handles one request, with problem details for errors
 */
export function withJsonRpc(handle: HttpHandler): HttpHandler {
  async function answerAll(event: APIGatewayProxyEventV2, requests: readonly unknown[]): Promise<Result> {
    const revision = event.headers['mcp-protocol-version'] ?? WITH_ARRAYS;
    if (revision > WITH_ARRAYS) return invalidRequest(`revision ${revision} does not allow arrays of requests`);
    if (requests.length === 0 || requests.length > MAX_REQUESTS) {
      return invalidRequest(`an array must have 1 to ${MAX_REQUESTS} requests`);
    }
    const results = await Promise.all(
      requests.map((request) => handle({ ...event, body: stringifyJson(request), isBase64Encoded: false })),
    );
    const failed = results.find(isProblem);
    if (failed) return errorOf(failed);
    const [first, ...others] = results.filter(({ body }) => body !== undefined);
    if (!first) return results[0] as Result;
    return { ...first, statusCode: 200, body: `[${[first, ...others].map(({ body }) => body).join(',')}]` };
  }

  return async function handleJsonRpc(event) {
    const requests = arrayOf(event);
    return requests ? answerAll(event, requests) : errorOf(await handle(event));
  };
}

/** Undefined for any other body. */
function arrayOf(event: APIGatewayProxyEventV2): readonly unknown[] | undefined {
  const text = event.isBase64Encoded ? Buffer.from(event.body ?? '', 'base64').toString() : event.body;
  if (!/^\uFEFF?\s*\[/.test(text ?? '')) return undefined;
  try {
    return jsonOf(event, maxBodyBytesOf(CALL)) as unknown[];
  } catch {
    return undefined; // the handler reports the error
  }
}

function isProblem({ headers }: Result): boolean {
  return headers?.['content-type'] === 'application/problem+json';
}

/** Converts errors about the body to JSON-RPC errors. Other problems, such as an unknown client, stay as they are. */
function errorOf(result: Result): Result {
  if (!isProblem(result)) return result;
  const { code, errors = [] } = JSON.parse(result.body ?? '{}');
  const isOfBody = errors.every(({ path }: { path: string }) => path === 'body');
  const error = isOfBody ? CODES[code] : undefined;
  return error ? rpcError(error) : result;
}

function invalidRequest(reason: string): Result {
  return rpcError({ code: -32_600, message: `Invalid Request: ${reason}.` });
}

function rpcError(error: { code: number; message: string }): Result {
  return jsonResult(400, { jsonrpc: '2.0', id: null, error });
}
