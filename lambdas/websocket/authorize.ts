/** The authorizer of $connect: identifies the client by its token or, with access control off, by its resume token or as a new client. */
import type { APIGatewayAuthorizerResult } from 'aws-lambda';
import { allowsOrigin } from '../access/allowed-origins';
import { createTokenVerifier } from '../access/client-tokens';
import { clientIdOf, isResumeToken, newResumeToken } from '../access/resume-tokens';
import { createRevocationCheck } from '../access/revocations';
import type { Verdict } from '../ports/client-identity';
import type { Dependencies } from '../ports/dependencies';
import type { LogFields } from '../ports/runtime';
import { SUBPROTOCOL } from '../protocol/subprotocol';
import { contextOfIdentity } from './identity-context';
import { type HandshakeEvent, headerOf, offeredSubprotocols } from './subprotocols';

/** The fields of a REQUEST authorizer's event that are used. */
export interface AuthorizeConnectionEvent extends HandshakeEvent {
  methodArn: string;
  multiValueQueryStringParameters?: Record<string, string[] | undefined> | null;
}

/** API Gateway answers 401 to an error with exactly this message. */
const UNAUTHORIZED = 'Unauthorized';

/**
 * A handshake without a token fails with 401, one with a bad token with 403. The log has the reason; the client only gets the status.
 * Everything later takes the client_id from this authorizer's context.
 */
export function create(
  dependencies: Pick<Dependencies, 'signingKeys' | 'oidcTokens' | 'records' | 'clientOrigins' | 'clock' | 'log'>,
) {
  const { signingKeys: keys, oidcTokens, records, clientOrigins, clock, log } = dependencies;

  /** True for a web page of an origin that may not connect. A program sends no origin. */
  function isForeignPage(event: AuthorizeConnectionEvent): boolean {
    return !headerOf(event, 'origin').every((origin) => allowsOrigin(clientOrigins, origin));
  }

  function refuse(event: AuthorizeConnectionEvent, reason: string, more: LogFields = {}) {
    log.info('connection_refused', { reason, ...more });
    return answer('Deny', event, 'nobody');
  }

  if (keys === undefined) {
    return async function nameConnection(event: AuthorizeConnectionEvent) {
      if (isForeignPage(event)) return refuse(event, 'foreign_page');
      const resumeToken = event.multiValueQueryStringParameters?.resume?.find(isResumeToken) ?? newResumeToken();
      return allow(event, { client_id: clientIdOf(resumeToken), resume_token: resumeToken, may_join: '*' });
    };
  }
  const verifyToken = createTokenVerifier({ keys, clock });
  const isRevoked = createRevocationCheck({ records, clock });

  async function verdictOf(token: string): Promise<Verdict> {
    const verdict = (await oidcTokens?.(token)) ?? (await verifyToken(token));
    return 'clientId' in verdict && (await isRevoked(verdict)) ? { refusal: 'revoked' } : verdict;
  }

  return async function authorizeConnection(event: AuthorizeConnectionEvent) {
    if (isForeignPage(event)) return refuse(event, 'foreign_page');
    const [token, ...others] = tokensOf(event);
    if (token === undefined) {
      log.info('connection_refused', { reason: 'missing', unauthorized: 1 });
      throw new Error(UNAUTHORIZED);
    }
    const verdict = others.length === 0 ? await verdictOf(token) : { refusal: 'two_tokens' as const };
    if ('clientId' in verdict) return allow(event, contextOfIdentity(verdict));
    return refuse(event, verdict.refusal, 'claim' in verdict ? { claim: verdict.claim } : {});
  };
}

/** The distinct tokens in the query and among the subprotocols. */
function tokensOf(event: AuthorizeConnectionEvent): string[] {
  const inQuery = event.multiValueQueryStringParameters?.token ?? [];
  const offered = offeredSubprotocols(event);
  const beside = offered.includes(SUBPROTOCOL) ? offered.filter((offer) => offer !== SUBPROTOCOL) : [];
  return [...new Set([...inQuery, ...beside])].filter((token) => token !== '');
}

function allow(event: AuthorizeConnectionEvent, context: { client_id: string } & Record<string, string>) {
  return answer('Allow', event, context.client_id, context);
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
