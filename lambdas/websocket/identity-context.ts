/** A client's identity as the $connect authorizer passes it on. API Gateway's context only has strings, and is repeated on every event. */
import type { TokenIdentity } from '../ports/client-identity';

/** Lists are joined by commas; labels are URL-encoded to ASCII. Empty values are omitted. */
export interface IdentityContext {
  client_id: string;
  labels?: string;
  groups?: string;
  may_join?: string;
  message_rate?: string;
  owner?: string;
  issued_by?: string;
  issued_at?: string;
}

export function contextOfIdentity(identity: TokenIdentity) {
  const { clientId, labels, groups, mayJoin, messageRate, owner, issuedBy, issuedAt } = identity;
  return {
    client_id: clientId,
    ...(labels && { labels: encodeURI(labels.join(',')) }),
    ...(groups && { groups: groups.join(',') }),
    ...(mayJoin && { may_join: mayJoin.join(',') }),
    ...(messageRate !== undefined && { message_rate: String(messageRate) }),
    ...(owner !== undefined && { owner: encodeURI(owner) }),
    ...(issuedBy !== undefined && { issued_by: issuedBy }),
    issued_at: String(issuedAt),
  } satisfies IdentityContext;
}
