/** Who a client is, as the authorizer of $connect passes it on: API Gateway's context has texts only, and repeats them on every event. */
import type { ClientIdentity } from '../access/client-tokens';

/** Lists are joined by commas, and labels written in ASCII as in a URL. What there is none of is left out. */
export interface IdentityContext {
  client_id: string;
  labels?: string;
  groups?: string;
  message_rate?: string;
}

export function contextOfIdentity({ clientId, labels, groups, messageRate }: ClientIdentity) {
  return {
    client_id: clientId,
    ...(labels && { labels: encodeURI(labels.join(',')) }),
    ...(groups && { groups: groups.join(',') }),
    ...(messageRate !== undefined && { message_rate: String(messageRate) }),
  } satisfies IdentityContext;
}
