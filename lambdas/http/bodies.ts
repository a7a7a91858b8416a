/** Converts store rows to HTTP bodies; the only place where they become snake_case. */
import type { BroadcastSummary } from '../broadcasts/broadcast-summary';
import type { Client } from '../ports/client-store';
import type { ClientTool } from '../ports/client-tool-store';
import type { HistoryRecord } from '../ports/history-store';
import { isoTime } from '../ports/runtime';
import type { Call } from './client-calls';
import type { PushResult } from './push-to-many';

/** Omits the connection id, which never leaves the server. */
export function bodyOfClient({
  clientId,
  labels,
  connectedAt,
  lastActivity,
  messageCount,
  position,
  ackedSeq,
}: Client) {
  return {
    client_id: clientId,
    labels: [...labels],
    connected_at: connectedAt,
    last_activity: lastActivity,
    message_count: messageCount,
    last_seq: position.seq,
    // Clients can claim any number.
    acked_seq: Math.min(ackedSeq, position.seq),
  };
}

/** Marked as the client's own text: it may end up in a model's prompt. */
export function bodyOfClientTools(tools: readonly ClientTool[]) {
  return tools.map(({ name, description, inputSchema }) => ({
    name,
    ...(description !== undefined && { description }),
    ...(inputSchema && { input_schema: inputSchema }),
    source: 'client' as const,
  }));
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

export function bodyOfCall({ callId, clientId, messageId, status, deadline, progress, result, error }: Call) {
  return {
    call_id: callId,
    client_id: clientId,
    message_id: messageId,
    status,
    deadline: isoTime(deadline),
    ...(progress && { progress }),
    ...(result !== undefined && { result }),
    ...(error && { error }),
  };
}

export function bodyOfResults(results: readonly PushResult[]) {
  const tally = { posted: 0, held: 0, failed: 0 };
  for (const { status } of results) tally[status] += 1;
  return {
    ...tally,
    results: results.map(({ clientId, status, messageId, problem }) => ({
      client_id: clientId,
      status,
      ...(messageId !== undefined && { message_id: messageId }),
      ...(problem && { code: problem.code, detail: problem.detail }),
    })),
  };
}

export function bodyOfBroadcast(summary: BroadcastSummary) {
  const { broadcastId, recipients, delivered, gone, failed, startedAt, updatedAt, finishedAt, stalled } = summary;
  return {
    broadcast_id: broadcastId,
    status: finishedAt === undefined ? ('running' as const) : ('completed' as const),
    recipients,
    delivered,
    gone,
    failed,
    started_at: startedAt,
    updated_at: updatedAt,
    ...(stalled && { stalled: true as const }),
    ...(finishedAt !== undefined && { finished_at: finishedAt }),
  };
}
