/** What an event tells of, as the stores know it. Plain data, so that a queue can keep it. */
import { addCounts, NO_COUNTS } from '../broadcasts/counts';
import type { BroadcastState, Counts } from '../ports/broadcast-store';
import type { CallState } from '../ports/call';
import type { ClientConnection } from '../ports/client-store';
import type { HistoryRecord } from '../ports/history-store';
import type { Position } from '../protocol/position';

/** Whose event it is, with what its token says of it. */
export interface EventClient {
  clientId: string;
  labels?: readonly string[];
  groups?: readonly string[];
}

export interface Connected {
  type: 'client.connected';
  client: EventClient;
  connectionId: string;
  connectedAt: string;
  /** When it came online by this connection: later than `connectedAt` for one that was taken for gone. */
  at: string;
  /** True where it was online already, on an older connection. */
  replaced?: boolean;
}

export interface Disconnected {
  type: 'client.disconnected';
  client: EventClient;
  /** Undefined where the server does not know it any more, after a restart. */
  connectionId?: string;
  connectedAt?: string;
  at: string;
}

export interface MessageStored {
  type: 'message.received' | 'message.delivered';
  client: EventClient;
  position: Position;
  message: Pick<HistoryRecord, 'messageId' | 'type' | 'timestamp' | 'replyTo' | 'size'>;
  /** JSON of its `data`, where contents are told. */
  data?: string;
}

export interface CallCompleted {
  type: 'call.completed';
  client: EventClient;
  position: Position;
  messageId: string;
  status: string;
  at: string;
  /** JSON of the response's `data`, where contents are told. */
  data?: string;
}

export interface BroadcastCompleted {
  type: 'broadcast.completed';
  broadcastId: string;
  messageId: string;
  startedAt: string;
  finishedAt: string;
  counts: Counts;
}

export type EventFacts = Connected | Disconnected | MessageStored | CallCompleted | BroadcastCompleted;

/** A message of the history without what it says. */
export type StoredMessage = Omit<HistoryRecord, 'data'>;

export function clientOf({ clientId, labels, groups = [] }: Pick<ClientConnection, 'clientId' | 'labels' | 'groups'>) {
  const client: EventClient = { clientId };
  if (labels.length > 0) client.labels = labels;
  if (groups.length > 0) client.groups = groups;
  return client;
}

/**
 * The type of event for a message that was stored; undefined for a refusal, and for a push that may wait for its client, of which nobody
 * knows yet whether it was delivered.
 */
export function typeOfMessage({ direction, hidden, heldUntil }: StoredMessage): MessageStored['type'] | undefined {
  if (direction === 'in') return 'message.received';
  return hidden || heldUntil !== undefined ? undefined : 'message.delivered';
}

/** @param data  JSON; undefined where contents are not told */
export function messageStored(
  client: EventClient,
  position: Position,
  message: StoredMessage,
  data: string | undefined,
): MessageStored | undefined {
  const type = typeOfMessage(message);
  if (!type) return undefined;
  const { messageId, type: messageType, timestamp, replyTo, size } = message;
  const facts: MessageStored = { type, client, position, message: { messageId, type: messageType, timestamp, size } };
  if (replyTo !== undefined) facts.message.replyTo = replyTo;
  if (data !== undefined) facts.data = data;
  return facts;
}

/** Undefined for a call that goes on. @param data  JSON; undefined where contents are not told */
export function callCompleted(
  client: EventClient,
  position: Position,
  { messageId, end }: CallState,
  at: string,
  data: string | undefined,
): CallCompleted | undefined {
  if (!end) return undefined;
  const facts: CallCompleted = { type: 'call.completed', client, position, messageId, status: end.status, at };
  if (data !== undefined) facts.data = data;
  return facts;
}

/** Of a broadcast whose segments have all finished. */
export function broadcastCompleted({ broadcast, progress }: BroadcastState): BroadcastCompleted {
  const { broadcastId, messageId, startedAt } = broadcast;
  const facts: BroadcastCompleted = {
    type: 'broadcast.completed',
    broadcastId,
    messageId,
    startedAt,
    finishedAt: startedAt,
    counts: NO_COUNTS,
  };
  for (const segment of progress) {
    if (!segment) continue;
    facts.counts = addCounts(facts.counts, segment);
    if (segment.at > facts.finishedAt) facts.finishedAt = segment.at;
  }
  return facts;
}

/** Whom an event is about, and in whose order it stands. */
export function subjectOf(facts: EventFacts): string {
  return facts.type === 'broadcast.completed' ? facts.broadcastId : facts.client.clientId;
}

/** When it happened, ISO-8601. */
export function timeOf(facts: EventFacts): string {
  if (facts.type === 'broadcast.completed') return facts.finishedAt;
  return 'message' in facts ? facts.message.timestamp : facts.at;
}
