/** The authorizer of the HTTP API: whether the caller has the API key. */
import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerResult } from 'aws-lambda';
import { isApiKey } from '../access/api-key';
import type { Dependencies } from '../ports/dependencies';

/** The parts of the event that are looked at. */
export type AuthorizeCallEvent = Pick<APIGatewayRequestAuthorizerEventV2, 'headers' | 'routeKey'>;

/**
 * `Authorization: Bearer <key>`, with the scheme in any case (RFC 9110, section 11.1). API Gateway itself answers 401 where the
 * header is missing, and 403 where this says no.
 */
export function create({ apiKeys, log }: Pick<Dependencies, 'apiKeys' | 'log'>) {
  return async function authorizeCall(event: AuthorizeCallEvent): Promise<APIGatewaySimpleAuthorizerResult> {
    const [, key] = /^bearer +(\S+)$/i.exec(event.headers?.authorization ?? '') ?? [];
    const isAuthorized = key !== undefined && (await isApiKey(key, apiKeys));
    if (!isAuthorized) log.info('call_refused', { route: event.routeKey });
    return { isAuthorized };
  };
}
