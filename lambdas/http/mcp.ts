/** Each client as its own MCP server: stateless Streamable HTTP, so that it runs in Lambda too. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { Dependencies } from '../ports/dependencies';
import { exactFrom, isJsonObject, type JsonObject } from '../protocol/json';
import type { RouteKeyOf } from '../routes';
import { ownerOf } from './caller';
import { createClientCalls } from './client-calls';
import { createHttpHandler, type HttpAnswer, type Operations } from './http-handler';
import { withJsonRpc } from './json-rpc';
import { createMcpRequests, type RequestName } from './mcp-requests';
import { createMcpServer } from './mcp-server';
import { serveMcp } from './mcp-transport';
import { clientNotFound } from './problems';

export type McpDependencies = Pick<
  Dependencies,
  | 'clients'
  | 'clientTools'
  | 'history'
  | 'calls'
  | 'answers'
  | 'connections'
  | 'version'
  | 'accessControl'
  | 'clock'
  | 'newId'
  | 'log'
>;

type Answer = HttpAnswer<RouteKeyOf<'http/mcp'>>;

export function create(dependencies: McpDependencies) {
  const { clients, clientTools, newId } = dependencies;
  const calls = createClientCalls(dependencies);
  const requests = createMcpRequests(dependencies);

  /** The tools that the client registered, even if it is away. @throws Problem `client_not_found` */
  async function toolsOf(clientId: string) {
    const tools = await clientTools.get(clientId);
    if (!tools && !(await clients.get(clientId))) throw clientNotFound();
    return tools ?? [];
  }

  /** Ignores a request that made no call or whose call has ended, as the specification requires. */
  async function cancel(name: RequestName | undefined): Promise<void> {
    const callId = name && (await requests.callOf(name));
    if (callId !== undefined) await calls.cancel(callId);
  }

  const operations: Operations<RouteKeyOf<'http/mcp'>> = {
    async 'POST /clients/{client_id}/mcp'({ path: { client_id: clientId }, body: given, caller }, event) {
      const body = withoutNulls(given);
      const tools = await toolsOf(clientId);
      const nameOf = (id: unknown) => requestName(clientId, ownerOf(caller), event, id);
      if (body.method === 'notifications/cancelled') await cancel(nameOf(paramsOf(body).requestId));
      const makeServer = (isNewest: boolean) =>
        createMcpServer({
          ...{ ...dependencies, clientId, tools, calls, requests, name: nameOf(body.id), isNewest },
          toolArguments: objectOf(paramsOf(body).arguments),
        });
      const { status, text } = await serveMcp(event, body, makeServer);
      const headers = body.method === 'initialize' && status === 200 ? { 'mcp-session-id': newId() } : undefined;
      return { status, headers, body: text === '' ? undefined : exactFrom(JSON.parse(text)) } as Answer;
    },
  };
  return withJsonRpc(createHttpHandler(operations, dependencies));
}

/** Undefined if the caller has no session: its request ids may then not be unique. */
function requestName(
  clientId: string,
  owner: string | undefined,
  { headers }: Pick<APIGatewayProxyEventV2, 'headers'>,
  requestId: unknown,
): RequestName | undefined {
  const session = headers['mcp-session-id'];
  if (session === undefined || (typeof requestId !== 'string' && typeof requestId !== 'number')) return undefined;
  return { clientId, session, requestId, owner };
}

function paramsOf({ params }: JsonObject): JsonObject {
  return objectOf(params);
}

function objectOf(value: unknown): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** Null is the same as absent, but the SDK rejects null. */
function withoutNulls({ params, ...body }: JsonObject): JsonObject {
  if (!isJsonObject(params)) return params === null || params === undefined ? body : { ...body, params };
  return { ...body, params: Object.fromEntries(Object.entries(params).filter(([, value]) => value !== null)) };
}
