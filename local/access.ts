/** Access control on one machine: the authorizers that Lambda runs, with the keys that a host has. */
import { createTokenIssuer, createTokenVerifier, type TokenIssuer } from '../lambdas/access/client-tokens';
import { createAuthorizeCall } from '../lambdas/http/authorize';
import { httpRoutes } from '../lambdas/routes';
import type { Clock, Log } from '../lambdas/runtime';
import { createAuthorizeConnection } from '../lambdas/websocket/authorize';
import type { WebSocketAuthorizer } from './gateway/authorizer';
import type { HttpAuthorizer } from './gateway/http-authorizer';
import type { Host } from './host';

export interface Access {
  webSocketAuthorizer: WebSocketAuthorizer;
  httpAuthorizer: HttpAuthorizer;
  issueToken: TokenIssuer;
}

export function createAccess(host: Host, clock: Clock, log: Log): Access {
  const keysFor = (name: string) => ({ keys: host.adaptersFor(name).signingKeys, clock });
  return {
    webSocketAuthorizer: {
      handler: createAuthorizeConnection({ verifyToken: createTokenVerifier(keysFor('websocket/authorize')), log }),
      identitySources: [], // a token has two places, and all sources that are named would have to be there
    },
    httpAuthorizer: {
      handler: createAuthorizeCall({ apiKeys: host.adaptersFor('http/authorize').apiKeys, log }),
      identitySources: ['$request.header.Authorization'],
      routes: httpRoutes.filter(({ access }) => access === 'api_key').map(({ routeKey }) => routeKey),
    },
    issueToken: createTokenIssuer(keysFor('http/tokens')),
  };
}
