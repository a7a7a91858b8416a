/** The Lambda authorizer of an HTTP API: payload 2.0 in, a simple response out; never cached. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import type { OnError } from './handler';
import { httpAuthorizerEvent } from './http-events';

export type HttpAuthorizerEvent = ReturnType<typeof httpAuthorizerEvent>;

export interface HttpAuthorizerResult {
  isAuthorized: boolean;
  /** Becomes `requestContext.authorizer.lambda` in the route's event. */
  context?: Record<string, unknown>;
}

export interface HttpAuthorizer {
  handler(event: HttpAuthorizerEvent): Promise<HttpAuthorizerResult>;
  /** Where credentials must be: `$request.header.NAME` or `$request.querystring.NAME`. All are required. */
  identitySources: readonly string[];
  /** Keys of the routes that it guards; all others are open. */
  routes: readonly string[];
}

/** Either the event for the route's handler, or the status of the refusal. */
export type HttpAuthorization = { event: APIGatewayProxyEventV2 } | { refusal: 401 | 403 | 500 };

export async function authorizeRequest(
  { handler, identitySources }: HttpAuthorizer,
  event: APIGatewayProxyEventV2,
  onError: OnError,
): Promise<HttpAuthorization> {
  try {
    const identities = identitySources.map((source) => identityOf(source, event));
    if (identities.some((identity) => identity === '')) return { refusal: 401 };
    const { isAuthorized, context = null } = await handler(httpAuthorizerEvent(event, identities));
    if (typeof isAuthorized !== 'boolean') throw new Error('the authorizer did not say whether isAuthorized');
    return isAuthorized ? { event: withContext(event, context) } : { refusal: 403 };
  } catch (error) {
    if (error instanceof Error && error.message === 'Unauthorized') return { refusal: 401 };
    onError('authorizer', error);
    return { refusal: 500 };
  }
}

/** Empty if missing: the platform treats both the same. */
function identityOf(source: string, { headers, queryStringParameters }: APIGatewayProxyEventV2): string {
  const [, place, name = ''] = /^\$request\.(header|querystring)\.(.+)$/s.exec(source) ?? [];
  if (place === 'header') return headers[name.toLowerCase()] ?? '';
  if (place === 'querystring') return queryStringParameters?.[name] ?? '';
  throw new Error(`"${source}" is not an identity source; expected one such as $request.header.Authorization`);
}

/** Without a context, `lambda` is null. */
function withContext(event: APIGatewayProxyEventV2, lambda: HttpAuthorizerResult['context'] | null) {
  const requestContext = { ...event.requestContext, authorizer: { lambda } };
  return { ...event, requestContext } as APIGatewayProxyEventV2;
}
