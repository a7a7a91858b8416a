/** Reads the client and its connection from API Gateway's WebSocket events. */
import type { ClientConnection } from '../ports/client-store';
import { isoTime } from '../ports/runtime';
import type { IdentityContext } from './identity-context';

/** The part of an event that identifies its connection. */
export interface ConnectionEvent {
  requestContext: {
    connectionId: string;
    /** Milliseconds since 1970. */
    connectedAt: number;
    /** The context from the $connect authorizer. API Gateway repeats it on every event of the connection. */
    authorizer?: unknown;
  };
}

/**
 * @throws Error if the event has no client_id: a deployment without the authorizer, not a client's mistake
 */
export function connectionFromEvent({ requestContext }: ConnectionEvent): ClientConnection {
  const { connectionId, connectedAt, authorizer } = requestContext;
  const {
    client_id: clientId,
    labels,
    groups,
    may_join,
    message_rate,
    owner,
    issued_by,
    issued_at,
  } = (authorizer ?? {}) as Partial<IdentityContext>;
  if (typeof clientId !== 'string') throw new Error('the event has no client_id: $connect needs its authorizer');
  const connection: ClientConnection = {
    clientId,
    connectionId,
    connectedAt: isoTime(connectedAt),
    labels: labelsFrom(labels),
  };
  if (groups !== undefined) connection.groups = groups.split(',');
  if (may_join !== undefined) connection.mayJoin = may_join;
  if (message_rate !== undefined) connection.messageRate = Number(message_rate);
  if (owner !== undefined) connection.owner = decodeURI(owner);
  if (issued_by !== undefined) connection.issuedBy = issued_by;
  if (issued_at !== undefined) connection.issuedAt = Number(issued_at);
  return connection;
}

/** The resume token from the authorizer; undefined if the client has a token of its own. */
export function resumeTokenFromEvent({ requestContext }: ConnectionEvent): string | undefined {
  const { resume_token: token } = (requestContext.authorizer ?? {}) as { resume_token?: unknown };
  return typeof token === 'string' ? token : undefined;
}

const NO_LABELS: readonly string[] = [];

function labelsFrom(text: string | undefined): readonly string[] {
  return text === undefined ? NO_LABELS : decodeURI(text).split(',');
}
