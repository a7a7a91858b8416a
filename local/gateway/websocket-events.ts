/** The three events of a WebSocket API, as API Gateway creates them. Plain data: an event never contains a socket. */
import type { IncomingMessage } from 'node:http';
import { type Caller, peerAddress } from './client-address';
import { clfTime, gatewayId, traceId } from './event-values';
import { queryOf, valuesByName } from './query';

export const API_ID = 'local';
export const ACCOUNT_ID = '000000000000';

/** The authorizer's result for a connection: its principal, and its context as strings. */
export type AuthorizerContext = Record<string, string> & { principalId: string };

/** Fields that are the same on every event of one connection. */
export interface ConnectionFacts {
  connectionId: string;
  /** Milliseconds since 1970. */
  connectedAt: number;
  /** Together with the stage, the address of `@connections` for handlers. */
  domainName: string;
  /** As the client sent it. */
  host: string;
  identity: { sourceIp: string; userAgent?: string };
  stage: string;
  /** Only where the API has an authorizer. */
  authorizer?: AuthorizerContext;
}

type EventType = 'CONNECT' | 'MESSAGE' | 'DISCONNECT';

/** The request context of every event. */
interface RequestContext extends Omit<ConnectionFacts, 'host'> {
  routeKey: string;
  eventType: EventType;
  extendedRequestId: string;
  requestTime: string;
  messageDirection: 'IN';
  requestTimeEpoch: number;
  requestId: string;
  apiId: string;
}

/** @param domainName  of the API, if known; otherwise the client's `Host` is used */
export function connectionFacts(
  request: IncomingMessage,
  caller: Caller,
  stage: string,
  now: number,
  domainName: string = caller.host,
): ConnectionFacts {
  const { host = 'localhost', 'user-agent': userAgent } = request.headers;
  const sourceIp = caller.address;
  return {
    connectionId: gatewayId(),
    connectedAt: now,
    domainName,
    host,
    identity: userAgent === undefined ? { sourceIp } : { sourceIp, userAgent },
    stage,
  };
}

function requestContext(facts: ConnectionFacts, routeKey: string, eventType: EventType, now: number): RequestContext {
  const requestId = gatewayId();
  const context: RequestContext = {
    routeKey,
    eventType,
    extendedRequestId: requestId,
    requestTime: clfTime(now),
    messageDirection: 'IN',
    stage: facts.stage,
    connectedAt: facts.connectedAt,
    requestTimeEpoch: now,
    identity: facts.identity,
    requestId,
    domainName: facts.domainName,
    connectionId: facts.connectionId,
    apiId: API_ID,
  };
  if (facts.authorizer) context.authorizer = facts.authorizer;
  return context;
}

/** The authorizer's event: the handshake with all its headers, and the ARN of the route. */
export function authorizerEvent(facts: ConnectionFacts, request: IncomingMessage, caller: Caller, now: number) {
  return {
    type: 'REQUEST' as const,
    methodArn: `arn:aws:execute-api:local:${ACCOUNT_ID}:${API_ID}/${facts.stage}/$connect`,
    ...handshakeHeaders(request, caller, () => true),
    queryStringParameters: {},
    multiValueQueryStringParameters: {},
    ...queryParameters(request.url ?? '/'),
    stageVariables: {},
    requestContext: requestContext(facts, '$connect', 'CONNECT', now),
  };
}

export function connectEvent(facts: ConnectionFacts, request: IncomingMessage, caller: Caller, now: number) {
  return {
    ...handshakeHeaders(request, caller, (name) => !/^(connection|upgrade)$/i.test(name)),
    ...queryParameters(request.url ?? '/'),
    requestContext: requestContext(facts, '$connect', 'CONNECT', now),
    isBase64Encoded: false,
  };
}

export function messageEvent(facts: ConnectionFacts, routeKey: string, body: string, now: number) {
  const context = requestContext(facts, routeKey, 'MESSAGE', now);
  return { requestContext: Object.assign(context, { messageId: gatewayId() }), body, isBase64Encoded: false };
}

export function disconnectEvent(facts: ConnectionFacts, code: number, reason: string, now: number) {
  return {
    headers: { Host: facts.host, 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' },
    multiValueHeaders: {
      Host: [facts.host],
      'x-api-key': [''],
      'X-Forwarded-For': [''],
      'x-restapi': [''],
    },
    requestContext: {
      ...requestContext(facts, '$disconnect', 'DISCONNECT', now),
      disconnectStatusCode: code,
      disconnectReason: reason,
    },
    isBase64Encoded: false,
  };
}

export type ConnectEvent = ReturnType<typeof connectEvent>;
export type MessageEvent = ReturnType<typeof messageEvent>;
export type DisconnectEvent = ReturnType<typeof disconnectEvent>;

/** The handshake's headers that `wanted` accepts, in their original casing, and those that API Gateway adds. */
function handshakeHeaders(request: IncomingMessage, caller: Caller, wanted: (name: string) => boolean) {
  const { rawHeaders } = request;
  const values = new Map<string, string[]>(); // a Map, because a client can name a header `constructor`
  const add = (name: string, value: string) => {
    const known = values.get(name);
    if (known) known.push(value);
    else values.set(name, [value]);
  };
  for (let index = 0; index + 1 < rawHeaders.length; index += 2) {
    if (wanted(rawHeaders[index] as string)) add(rawHeaders[index] as string, rawHeaders[index + 1] as string);
  }
  add('X-Amzn-Trace-Id', traceId());
  add('X-Forwarded-For', peerAddress(request));
  add('X-Forwarded-Port', caller.port);
  add('X-Forwarded-Proto', caller.protocol);
  const headers = [...values].map(([name, all]) => [name, all.at(-1) as string] as const);
  return { headers: Object.fromEntries(headers), multiValueHeaders: Object.fromEntries(values) };
}

/** Present only if the URL has a query; for a repeated name the single-value form has the last value. */
function queryParameters(url: string) {
  const values = valuesByName(queryOf(url));
  if (values.size === 0) return {};
  return {
    queryStringParameters: Object.fromEntries([...values].map(([name, all]) => [name, all.at(-1) as string])),
    multiValueQueryStringParameters: Object.fromEntries(values),
  };
}
