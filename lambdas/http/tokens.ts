/** The call that issues client tokens. */
import { createTokenIssuer } from '../access/client-tokens';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import { MAX_LABELS } from '../protocol/limits';
import { Problem } from '../protocol/problems';
import type { RouteKeyOf } from '../routes';
import { assertOwnGroups, assertOwnLabels, type Caller, forbidden, ownerOf } from './caller';
import { createHttpHandler, type Operations } from './http-handler';

export type TokensDependencies = Pick<
  Dependencies,
  | 'clients'
  | 'history'
  | 'answers'
  | 'signingKeys'
  | 'clientRate'
  | 'webSocketUrl'
  | 'accessControl'
  | 'clock'
  | 'newId'
  | 'log'
>;

export function create(dependencies: TokensDependencies) {
  const { clients, signingKeys: keys, clientRate, webSocketUrl, clock, newId, log } = dependencies;
  const issueToken = keys && createTokenIssuer({ keys, clock });

  /** The labels of a token: first those of the key, then the requested ones. @throws Problem */
  async function labelsFor(caller: Caller, body: TokenBody): Promise<string[]> {
    const { client_id: clientId, labels, groups, may_join: mayJoin } = body;
    const all = [...new Set([...caller.labels, ...(labels ?? [])])];
    const owner = ownerOf(caller);
    if (owner === undefined) return all;
    assertOwnLabels(caller, labels);
    if (all.length > MAX_LABELS) {
      throw forbidden(`labels: at most ${MAX_LABELS}, including those of this key; this would be ${all.length}.`);
    }
    assertOwnGroups(caller, 'groups', groups);
    assertOwnGroups(caller, 'may_join', mayJoin);
    const known = clientId == null ? undefined : await clients.labelsOf(clientId);
    if (known && known[0] !== owner) throw forbidden('client_id: this client belongs to another owner.');
    return all;
  }

  /** Only the scope `admin` may exceed the server's setting. @throws Problem */
  function assertRate({ scopes }: Caller, rate: number | null | undefined): void {
    if (rate == null || clientRate === undefined || rate <= clientRate || scopes.includes('admin')) return;
    throw forbidden(
      `message_rate: this key may allow up to ${clientRate}, the server's setting; a higher rate requires the scope admin.`,
    );
  }

  const operations: Operations<RouteKeyOf<'http/tokens'>> = {
    async 'POST /tokens'({ body, caller }, call) {
      const { client_id, groups, may_join, message_rate, ttl_seconds: ttlSeconds } = body;
      assertRate(caller, message_rate);
      const labels = await labelsFor(caller, body);
      const owner = ownerOf(caller);
      const identity = {
        clientId: client_id ?? newId(),
        ...(labels.length > 0 && { labels }),
        ...(groups?.length && { groups }),
        ...(may_join?.length && { mayJoin: may_join }),
        ...(owner !== undefined && { owner }),
        ...(caller.name !== undefined && { issuedBy: caller.name }),
        ...(message_rate != null && { messageRate: message_rate }),
      };
      // Nothing would check the token, so its client_id would not be enforced.
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
          may_join: identity.mayJoin,
          message_rate: identity.messageRate,
          expires_at: isoTime(expiresAt),
          ttl_seconds: ttlSeconds,
          websocket_url: urlWithToken(webSocketUrl(call), token),
        },
      };
    },
  };
  return createHttpHandler(operations, dependencies);
}

interface TokenBody {
  client_id?: string | null;
  labels?: string[] | null;
  groups?: string[] | null;
  may_join?: string[] | null;
}

function urlWithToken(webSocketUrl: string, token: string): string {
  const url = new URL(webSocketUrl);
  url.searchParams.set('token', token);
  return url.href;
}
