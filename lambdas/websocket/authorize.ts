/** The authorizer of $connect: whose token it is, before anything of the connection exists. */
import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import type { TokenVerifier } from '../access/client-tokens';
import { type HandshakeEvent, offeredSubprotocols } from '../gateway/subprotocols';
import { SUBPROTOCOL } from '../protocol/subprotocol';
import type { Log } from '../runtime';

export interface AuthorizeConnectionDependencies {
  verifyToken: TokenVerifier;
  log: Log;
}

/** What an event of a REQUEST authorizer says of a handshake. */
export interface AuthorizeConnectionEvent extends HandshakeEvent {
  methodArn: string;
  multiValueQueryStringParameters?: Record<string, string[] | undefined> | null;
}

/** What the platform turns into a 401, by this one word and no other. */
const UNAUTHORIZED = 'Unauthorized';

/**
 * A handshake without a token fails with 401, one whose token is not taken with 403: on the HTTP side the platform makes the
 * same difference by itself. Which of our reasons it was, the log says and the client is not told.
 */
export function createAuthorizeConnection({ verifyToken, log }: AuthorizeConnectionDependencies) {
  return async function authorizeConnection(event: AuthorizeConnectionEvent) {
    const [token, ...others] = tokensOf(event);
    if (token === undefined) {
      log.info('connection_refused', { reason: 'missing', unauthorized: 1 });
      throw new Error(UNAUTHORIZED);
    }
    const verdict = others.length === 0 ? await verifyToken(token) : { refusal: 'two_tokens' as const };
    if ('clientId' in verdict) return answer('Allow', event, verdict.clientId, { client_id: verdict.clientId });
    log.info('connection_refused', { reason: verdict.refusal });
    return answer('Deny', event, 'nobody');
  };
}

/** Every token that was given, in the query or as a subprotocol; one that was given twice counts once. */
function tokensOf(event: AuthorizeConnectionEvent): string[] {
  const inQuery = event.multiValueQueryStringParameters?.token ?? [];
  const offered = offeredSubprotocols(event);
  const beside = offered.includes(SUBPROTOCOL) ? offered.filter((offer) => offer !== SUBPROTOCOL) : [];
  return [...new Set([...inQuery, ...beside])].filter((token) => token !== '');
}

function answer(
  Effect: 'Allow' | 'Deny',
  { methodArn: Resource }: AuthorizeConnectionEvent,
  principalId: string,
  context?: Record<string, string>,
) {
  const Statement = [{ Action: 'execute-api:Invoke', Effect, Resource }];
  const policyDocument = { Version: '2012-10-17', Statement };
  return { principalId, policyDocument, ...(context && { context }) } satisfies APIGatewayAuthorizerResult;
}
