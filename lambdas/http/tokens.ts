/** The call that issues client tokens. */
import { createTokenIssuer } from '../access/client-tokens';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import { Problem } from '../protocol/problems';
import type { RouteKeyOf } from '../routes';
import { createHttpHandler, type Operations } from './http-handler';

export type TokensDependencies = Pick<
  Dependencies,
  'answers' | 'signingKeys' | 'webSocketUrl' | 'clock' | 'newId' | 'log'
>;

export function create({ answers, signingKeys: keys, webSocketUrl, clock, newId, log }: TokensDependencies) {
  const issueToken = keys && createTokenIssuer({ keys, clock });

  const operations: Operations<RouteKeyOf<'http/tokens'>> = {
    async 'POST /tokens'({ body: { client_id, labels, groups, message_rate, ttl_seconds: ttlSeconds } }, call) {
      const identity = {
        clientId: client_id ?? newId(),
        ...(labels?.length && { labels }),
        ...(groups?.length && { groups }),
        ...(message_rate != null && { messageRate: message_rate }),
      };
      // A token that nothing checks would promise a client_id that nothing enforces.
      if (!issueToken) {
        throw new Problem(
          'access_control_off',
          'Access control is off: clients connect without a token. Turn it on with AUTH=token, or auth=token in a deployment.',
        );
      }
      const { token, expiresAt } = await issueToken(identity, ttlSeconds);
      log.info('token_issued', { client_id: identity.clientId, seconds: ttlSeconds });
      return {
        body: {
          token,
          client_id: identity.clientId,
          labels: identity.labels,
          groups: identity.groups,
          message_rate: identity.messageRate,
          expires_at: isoTime(expiresAt),
          ttl_seconds: ttlSeconds,
          websocket_url: urlWithToken(webSocketUrl(call), token),
        },
      };
    },
  };
  return createHttpHandler(operations, { answers, newId, log });
}

function urlWithToken(webSocketUrl: string, token: string): string {
  const url = new URL(webSocketUrl);
  url.searchParams.set('token', token);
  return url.href;
}
