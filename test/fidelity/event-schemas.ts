/**
 * The events of API Gateway as strict schemas, written from captured events: those that AWS publishes as test data of aws-lambda-go and
 * aws-lambda-rust-runtime. An extra key fails like a missing one; only headers, queries and an authorizer's context have free names.
 */
import { z } from 'zod';

/** `R1kmxc2VNjMCFIA=` */
const Id = z.string().regex(/^[A-Za-z0-9+/_-]{15}=$/);

/** `20/Jan/2024:11:55:00 +0000` */
const RequestTime = z.string().regex(/^\d\d\/[A-Z][a-z]{2}\/\d{4}:\d\d:\d\d:\d\d \+0000$/);

const Milliseconds = z.int().min(1_000_000_000_000);

const Single = z.record(z.string(), z.string());

const Multiple = z.record(z.string(), z.array(z.string()).min(1));

/** The same names in both forms, where each single value is the last of its list. */
function agree(single: Record<string, string> = {}, multiple: Record<string, string[]> = {}): boolean {
  const names = Object.keys(multiple);
  return names.length === Object.keys(single).length && names.every((name) => single[name] === multiple[name]?.at(-1));
}

interface TwoForms {
  headers: Record<string, string>;
  multiValueHeaders: Record<string, string[]>;
  queryStringParameters?: Record<string, string>;
  multiValueQueryStringParameters?: Record<string, string[]>;
}

/** Both forms of headers and query must agree. */
function isConsistent(event: TwoForms): boolean {
  return (
    agree(event.headers, event.multiValueHeaders) &&
    agree(event.queryStringParameters, event.multiValueQueryStringParameters)
  );
}

/** The fields of `requestContext` on every route. */
const context = {
  extendedRequestId: Id,
  requestTime: RequestTime,
  messageDirection: z.literal('IN'),
  stage: z.string().min(1),
  connectedAt: Milliseconds,
  requestTimeEpoch: Milliseconds,
  identity: z.strictObject({ sourceIp: z.union([z.ipv4(), z.ipv6()]), userAgent: z.string().optional() }),
  requestId: Id,
  domainName: z.string().min(1),
  connectionId: Id,
  apiId: z.string().min(1),
};

/** From an authorizer: strings, and always `principalId`. */
const authorizer = z.object({ principalId: z.string().min(1) }).catchall(z.string());

const connectContext = { ...context, routeKey: z.literal('$connect'), eventType: z.literal('CONNECT') };

const handshakeHeaders = ['Host', 'Sec-WebSocket-Key', 'Sec-WebSocket-Version', 'X-Amzn-Trace-Id'];
const forwardedHeaders = ['X-Forwarded-For', 'X-Forwarded-Port', 'X-Forwarded-Proto'];

function has(names: string[]) {
  return (headers: Record<string, string>) => names.every((name) => name in headers);
}

const sameRequestId = ({ requestId, extendedRequestId }: { requestId: string; extendedRequestId: string }) =>
  requestId === extendedRequestId;

export const ConnectEventSchema = z
  .strictObject({
    headers: Single.refine(has([...handshakeHeaders, ...forwardedHeaders])).refine(
      (headers) => !Object.keys(headers).some((name) => /^(connection|upgrade)$/i.test(name)),
    ),
    multiValueHeaders: Multiple,
    queryStringParameters: Single.optional(),
    multiValueQueryStringParameters: Multiple.optional(),
    requestContext: z.strictObject({ ...connectContext, authorizer: authorizer.optional() }).refine(sameRequestId),
    isBase64Encoded: z.literal(false),
  })
  .refine(isConsistent);

export const MessageEventSchema = z.strictObject({
  requestContext: z
    .strictObject({
      ...context,
      routeKey: z.string().regex(/^(?!\$connect$|\$disconnect$)./),
      messageId: Id,
      eventType: z.literal('MESSAGE'),
      authorizer: authorizer.optional(),
    })
    .refine(sameRequestId),
  body: z.string(),
  isBase64Encoded: z.literal(false),
});

export const DisconnectEventSchema = z
  .strictObject({
    headers: z.strictObject({
      Host: z.string().min(1),
      'x-api-key': z.literal(''),
      'X-Forwarded-For': z.literal(''),
      'x-restapi': z.literal(''),
    }),
    multiValueHeaders: z.strictObject({
      Host: z.tuple([z.string().min(1)]),
      'x-api-key': z.tuple([z.literal('')]),
      'X-Forwarded-For': z.tuple([z.literal('')]),
      'x-restapi': z.tuple([z.literal('')]),
    }),
    requestContext: z
      .strictObject({
        ...context,
        routeKey: z.literal('$disconnect'),
        disconnectStatusCode: z.int().min(1_000).max(4_999),
        eventType: z.literal('DISCONNECT'),
        disconnectReason: z.string(),
        authorizer: authorizer.optional(),
      })
      .refine(sameRequestId),
    isBase64Encoded: z.literal(false),
  })
  .refine(isConsistent);

export const AuthorizerEventSchema = z
  .strictObject({
    type: z.literal('REQUEST'),
    methodArn: z.string().regex(/^arn:aws:execute-api:[a-z0-9-]+:\d{12}:[a-z0-9]+\/[^/]+\/\$connect$/),
    headers: Single.refine(has([...handshakeHeaders, ...forwardedHeaders, 'Connection', 'Upgrade'])),
    multiValueHeaders: Multiple,
    queryStringParameters: Single,
    multiValueQueryStringParameters: Multiple,
    stageVariables: z.record(z.string(), z.string()),
    requestContext: z.strictObject(connectContext).refine(sameRequestId),
  })
  .refine(isConsistent);

/** The common fields of the events of an HTTP API, payload 2.0. */
const httpRequest = {
  version: z.literal('2.0'),
  routeKey: z.string().regex(/^(\$default|[A-Z]+ \/\S*)$/),
  rawPath: z.string().startsWith('/'),
  rawQueryString: z.string(),
  cookies: z.array(z.string().min(1)).min(1).optional(),
  headers: z
    .record(z.string().regex(/^[^A-Z]+$/), z.string())
    .refine(has(['content-length', 'host', 'x-amzn-trace-id', ...forwardedHeaders.map((name) => name.toLowerCase())]))
    .refine((headers) => !('cookie' in headers)),
  queryStringParameters: Single.optional(),
  pathParameters: Single.optional(),
  stageVariables: z.record(z.string(), z.string()).optional(),
};

const httpContext = {
  accountId: z.string().regex(/^\d{12}$/),
  apiId: z.string().min(1),
  domainName: z.string().min(1),
  domainPrefix: z.string().min(1),
  http: z.strictObject({
    method: z.string().regex(/^[A-Z]+$/),
    path: z.string().startsWith('/'),
    protocol: z.literal('HTTP/1.1'),
    sourceIp: z.union([z.ipv4(), z.ipv6()]),
    userAgent: z.string(),
  }),
  requestId: Id,
  routeKey: z.string(),
  stage: z.string().min(1),
  time: RequestTime,
  timeEpoch: Milliseconds,
};

interface HttpRequestParts {
  routeKey: string;
  rawPath: string;
  rawQueryString: string;
  queryStringParameters?: object;
  pathParameters?: object;
  requestContext: { routeKey: string; http: { path: string } };
}

/** Fields that repeat each other must be equal. */
function isOneRequest(event: HttpRequestParts): boolean {
  return (
    event.routeKey === event.requestContext.routeKey &&
    event.routeKey.includes('{') === (event.pathParameters !== undefined) &&
    event.rawPath === event.requestContext.http.path &&
    (event.rawQueryString === '') === !event.queryStringParameters
  );
}

/** A route's event. With an authorizer it has the authorizer's context: any JSON, or null without one. */
export const HttpEventSchema = z
  .strictObject({
    ...httpRequest,
    requestContext: z.strictObject({
      ...httpContext,
      authorizer: z.strictObject({ lambda: z.record(z.string(), z.json()).nullable() }).optional(),
    }),
    body: z.string().min(1).optional(),
    isBase64Encoded: z.boolean(),
  })
  .refine(isOneRequest)
  .refine(({ body = '', isBase64Encoded }) => !isBase64Encoded || z.base64().safeParse(body).success);

/** A Lambda authorizer's event: the request without its body, and the claimed identities. */
export const HttpAuthorizerEventSchema = z
  .strictObject({
    ...httpRequest,
    type: z.literal('REQUEST'),
    routeArn: z.string().regex(/^arn:aws:execute-api:[a-z0-9-]+:\d{12}:[a-z0-9]+\/[^/]+\/[A-Z]+\/.*$/),
    identitySource: z.array(z.string().min(1)),
    requestContext: z.strictObject(httpContext),
  })
  .refine(isOneRequest)
  .refine(({ routeArn, requestContext: { stage, http } }) => routeArn.endsWith(`/${stage}/${http.method}${http.path}`));
