/** Rows of the stores as the HTTP API shows them: the one place where they become snake_case. */
import type { Broadcast } from '../broadcasts/broadcast-store';
import type { HistoryRecord, Session } from '../sessions/session-store';

/** A session without its connection id, which never leaves the server. */
export function bodyOfSession({ clientId, connectedAt, lastActivity, messageCount }: Session) {
  return {
    client_id: clientId,
    connected_at: connectedAt,
    last_activity: lastActivity,
    message_count: messageCount,
  };
}

export function bodyOfRecord({ messageId, direction, type, data, timestamp, replyTo }: HistoryRecord) {
  return {
    message_id: messageId,
    direction,
    type,
    data,
    timestamp,
    ...(replyTo !== undefined && { reply_to: replyTo }),
  };
}

export function bodyOfBroadcast(broadcast: Broadcast) {
  const { broadcastId, recipients, delivered, gone, failed, startedAt, finishedAt } = broadcast;
  return {
    broadcast_id: broadcastId,
    status: finishedAt === undefined ? ('running' as const) : ('completed' as const),
    recipients,
    delivered,
    gone,
    failed,
    started_at: startedAt,
    ...(finishedAt !== undefined && { finished_at: finishedAt }),
  };
}
