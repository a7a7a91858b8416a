/** The authorizer of the HTTP API: checks the caller's API key and identifies it. */
import type { APIGatewayRequestAuthorizerEventV2, APIGatewaySimpleAuthorizerResult } from 'aws-lambda';
import { isApiKey } from '../access/api-key';
import { createKeyVerifier } from '../access/named-keys';
import type { Dependencies } from '../ports/dependencies';
import { contextOfCaller, FIRST_CALLER } from './caller';

/** The fields of the event that are used. */
export type AuthorizeCallEvent = Pick<APIGatewayRequestAuthorizerEventV2, 'headers' | 'routeKey'>;

/** Includes the caller, for the function that serves the call. */
type Answer = APIGatewaySimpleAuthorizerResult & { context?: Record<string, string> };

/**
 * `Authorization: Bearer <key>`, with the scheme in any case (RFC 9110, section 11.1). API Gateway answers 401 itself if the header is
 * missing, and 403 if this refuses.
 */
export function create({ apiKeys, records, clock, log }: Pick<Dependencies, 'apiKeys' | 'records' | 'clock' | 'log'>) {
  const verifyKey = createKeyVerifier({ records, clock });

  return async function authorizeCall(event: AuthorizeCallEvent): Promise<Answer> {
    const [, key] = /^bearer +(\S+)$/i.exec(event.headers?.authorization ?? '') ?? [];
    const caller = key === undefined ? undefined : ((await verifyKey(key)) ?? (await firstCaller(key)));
    if (caller) return { isAuthorized: true, context: contextOfCaller(caller) };
    log.info('call_refused', { route: event.routeKey });
    return { isAuthorized: false };
  };

  async function firstCaller(key: string) {
    return (await isApiKey(key, apiKeys)) ? FIRST_CALLER : undefined;
  }
}
