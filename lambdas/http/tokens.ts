/** The call that issues client tokens. Needs the key that signs them, and nothing else. */
import type { TokenIssuer } from '../access/client-tokens';
import { createHttpHandler, type Operations } from '../gateway/http-handler';
import { Problem } from '../protocol/problems';
import type { RouteKeyOf } from '../routes';
import { isoTime, type Log, type NewId } from '../runtime';

export interface TokensDependencies {
  /** Left out where access control is off: a token that nobody checks would promise a client_id that nobody keeps. */
  issueToken?: TokenIssuer;
  /** Where clients connect, such as `ws://localhost:9004`. */
  webSocketUrl(): string;
  newId: NewId;
  log: Log;
}

export function createTokens({ issueToken, webSocketUrl, newId, log }: TokensDependencies) {
  const operations: Operations<RouteKeyOf<'http/tokens'>> = {
    async 'POST /tokens'({ body: { client_id: clientId = newId(), ttl_seconds: ttlSeconds } }) {
      if (!issueToken) {
        throw new Problem(
          'access_control_off',
          'Access control is off: clients connect without a token. AUTH=token, or auth=token of a deployment, switches it on.',
        );
      }
      const { token, expiresAt } = await issueToken(clientId, ttlSeconds);
      log.info('token_issued', { client_id: clientId, seconds: ttlSeconds });
      return {
        body: {
          token,
          client_id: clientId,
          expires_at: isoTime(expiresAt),
          ttl_seconds: ttlSeconds,
          websocket_url: urlWithToken(webSocketUrl(), token),
        },
      };
    },
  };
  return createHttpHandler(operations, log);
}

function urlWithToken(webSocketUrl: string, token: string): string {
  const url = new URL(webSocketUrl);
  url.searchParams.set('token', token);
  return url.href;
}
