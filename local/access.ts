/** Access control on one machine: the authorizers that Lambda runs, with their keys in a file. */
import { createTokenIssuer, createTokenVerifier, type TokenIssuer } from '../lambdas/access/client-tokens';
import { createAuthorizeCall } from '../lambdas/http/authorize';
import { httpRoutes } from '../lambdas/routes';
import type { Clock, Log } from '../lambdas/runtime';
import { createAuthorizeConnection } from '../lambdas/websocket/authorize';
import type { WebSocketAuthorizer } from './gateway/authorizer';
import type { HttpAuthorizer } from './gateway/http-authorizer';
import { createFileKeys, ensureKeyFile } from './keys/key-file';

export interface Access {
  webSocketAuthorizer: WebSocketAuthorizer;
  httpAuthorizer: HttpAuthorizer;
  issueToken: TokenIssuer;
  /** Whether the file with the keys was made just now. */
  keysAreNew: boolean;
}

/** @throws KeysError */
export async function createAccess(keysFile: string, clock: Clock, log: Log): Promise<Access> {
  const keysAreNew = await ensureKeyFile(keysFile);
  const signing = { keys: createFileKeys(keysFile, 'signingKey'), clock };
  return {
    webSocketAuthorizer: {
      handler: createAuthorizeConnection({ verifyToken: createTokenVerifier(signing), log }),
      identitySources: [], // a token has two places, and all sources that are named would have to be there
    },
    httpAuthorizer: {
      handler: createAuthorizeCall({ apiKeys: createFileKeys(keysFile, 'apiKey'), log }),
      identitySources: ['$request.header.Authorization'],
      routes: httpRoutes.filter(({ access }) => access === 'api_key').map(({ routeKey }) => routeKey),
    },
    issueToken: createTokenIssuer(signing),
    keysAreNew,
  };
}
