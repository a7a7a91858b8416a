/** The content of an event, in the stores' terms. Plain data, so that it can be queued. */
import { addCounts, NO_COUNTS } from '../broadcasts/counts';
import type { BroadcastState, Counts } from '../ports/broadcast-store';
import type { CallState } from '../ports/call';
import type { ClientConnection } from '../ports/client-store';
import type { HistoryRecord } from '../ports/history-store';
import type { Position } from '../protocol/position';

/** The client that an event is about, with the labels and groups from its token. */
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
  /** When it came online on this connection: later than `connectedAt` if it had been marked as gone. */
  at: string;
  /** True if it was already online on an older connection. */
  replaced?: boolean;
}

export interface Disconnected {
  type: 'client.disconnected';
  client: EventClient;
  /** Undefined if the server no longer knows it, after a restart. */
  connectionId?: string;
  connectedAt?: string;
  at: string;
}

export interface MessageStored {
  type: 'message.received' | 'message.delivered';
  client: EventClient;
  position: Position;
  message: Pick<HistoryRecord, 'messageId' | 'type' | 'timestamp' | 'replyTo' | 'size'>;
  /** JSON of the message's `data`, if events include contents. */
  data?: string;
}

export interface CallCompleted {
  type: 'call.completed';
  client: EventClient;
  position: Position;
  messageId: string;
  status: string;
  at: string;
  /** JSON of the response's `data`, if events include contents. */
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

/** A history message without its contents. */
export type StoredMessage = Omit<HistoryRecord, 'data'>;

export function clientOf({ clientId, labels, groups = [] }: Pick<ClientConnection, 'clientId' | 'labels' | 'groups'>) {
  const client: EventClient = { clientId };
  if (labels.length > 0) client.labels = labels;
  if (groups.length > 0) client.groups = groups;
  return client;
}

/**
 * The event type for a stored message. Undefined for an error, and for a push that may be held, because nobody knows yet whether it was
 * delivered.
 */
export function typeOfMessage({ direction, hidden, heldUntil }: StoredMessage): MessageStored['type'] | undefined {
  if (direction === 'in') return 'message.received';
  return hidden || heldUntil !== undefined ? undefined : 'message.delivered';
}

/**
 * @param data  JSON; undefined if events do not include contents
 */
export function messageStored(
  client: EventClient,
  position: Position,
  message: StoredMessage,
  data: string | undefined,
): MessageStored | undefined {
  const type = typeOfMessage(message);
  if (!type) return undefined;
  const facts: MessageStored = { type, client, position, message };
  if (data !== undefined) facts.data = data;
  return facts;
}

/** Undefined for a pending call. @param data  JSON; undefined if events do not include contents */
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

/** For a broadcast whose segments have all finished. */
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

/** The client or broadcast that an event is about; events are ordered per subject. */
export function subjectOf(facts: EventFacts): string {
  return facts.type === 'broadcast.completed' ? facts.broadcastId : facts.client.clientId;
}

/** When it happened, ISO-8601. */
export function timeOf(facts: EventFacts): string {
  if (facts.type === 'broadcast.completed') return facts.finishedAt;
  return 'message' in facts ? facts.message.timestamp : facts.at;
}
