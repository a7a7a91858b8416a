/** The authorizer of the HTTP API: whether the caller has the API key. */
import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerResult } from 'aws-lambda';
import { isApiKey } from '../access/api-key';
import type { KeySource } from '../access/keys';
import type { Log } from '../runtime';

export interface AuthorizeCallDependencies {
  apiKeys: KeySource;
  log: Log;
}

/** As much of the event as it looks at. */
export type AuthorizeCallEvent = Pick<APIGatewayRequestAuthorizerEventV2, 'headers' | 'routeKey'>;

/**
 * `Authorization: Bearer <key>`, with the scheme in any case (RFC 9110, section 11.1). The platform answers 401 by itself
 * where the header is missing, and 403 to whatever is not authorized here.
 */
export function createAuthorizeCall({ apiKeys, log }: AuthorizeCallDependencies) {
  return async function authorizeCall(event: AuthorizeCallEvent): Promise<APIGatewaySimpleAuthorizerResult> {
    const [, key] = /^bearer +(\S+)$/i.exec(event.headers?.authorization ?? '') ?? [];
    const isAuthorized = key !== undefined && (await isApiKey(key, apiKeys));
    if (!isAuthorized) log.info('call_refused', { route: event.routeKey });
    return { isAuthorized };
  };
}
