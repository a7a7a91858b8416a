/** Builds events as CloudEvents 1.0. The same facts give the same `id`, so that receivers can drop duplicates. */
import { createHash } from 'node:crypto';
import { callIdOf } from '../protocol/call-id';
import type { EventType } from '../protocol/event-types';
import { type JsonObject, parseJson, stringifyJson } from '../protocol/json';
import { type EventClient, type EventFacts, subjectOf, timeOf } from './event-facts';

export interface CloudEvent {
  specversion: '1.0';
  id: string;
  source: string;
  type: EventType;
  /** The client's id; for a broadcast, the broadcast's id. */
  subject: string;
  time: string;
  datacontenttype: 'application/json';
  /** Orders events with the same subject: the later one has the `sequence` that sorts later as text. */
  sequence: string;
  data: JsonObject;
}

export interface EventOptions {
  /** The CloudEvents source: a URL or a path. */
  source: string;
  sequence: string;
}

export function cloudEventOf(facts: EventFacts, { source, sequence }: EventOptions): CloudEvent {
  return {
    specversion: '1.0',
    id: eventIdOf(facts),
    source,
    type: facts.type,
    subject: subjectOf(facts),
    time: timeOf(facts),
    datacontenttype: 'application/json',
    sequence,
    data: dataOf(facts),
  };
}

/** Keeps numbers from clients digit for digit. */
export function textOfEvent(event: CloudEvent): string {
  return stringifyJson(event);
}

/** A hash of what happened, because a connection id never leaves the server. */
export function eventIdOf(facts: EventFacts): string {
  const hash = createHash('sha256').update(JSON.stringify([facts.type, subjectOf(facts), ...identityOf(facts)]));
  return `evt_${hash.digest('base64url').slice(0, 27)}`;
}

function identityOf(facts: EventFacts): unknown[] {
  switch (facts.type) {
    case 'client.connected':
    case 'client.disconnected':
      return [facts.connectionId, facts.at];
    case 'message.received':
    case 'message.delivered':
    case 'call.completed':
      return [facts.position.epoch, facts.position.seq];
    case 'broadcast.completed':
      return [];
  }
}

function dataOf(facts: EventFacts): JsonObject {
  switch (facts.type) {
    case 'client.connected':
      return {
        ...fieldsOf(facts.client),
        connected_at: facts.connectedAt,
        ...(facts.replaced && { replaced: true }),
      };
    case 'client.disconnected':
      return { ...fieldsOf(facts.client), ...(facts.connectedAt && { connected_at: facts.connectedAt }) };
    case 'message.received':
    case 'message.delivered': {
      const { messageId, type, replyTo, size } = facts.message;
      return {
        ...fieldsOf(facts.client),
        ...facts.position,
        message_id: messageId,
        message_type: type,
        ...(replyTo !== undefined && { reply_to: replyTo }),
        size,
        ...contentsOf(facts),
      };
    }
    case 'call.completed':
      return {
        ...fieldsOf(facts.client),
        call_id: callIdOf({ clientId: facts.client.clientId, position: facts.position }),
        message_id: facts.messageId,
        status: facts.status,
        ...contentsOf(facts),
      };
    case 'broadcast.completed':
      return {
        broadcast_id: facts.broadcastId,
        message_id: facts.messageId,
        started_at: facts.startedAt,
        ...facts.counts,
      };
  }
}

function fieldsOf({ clientId, labels, groups }: EventClient): JsonObject {
  return { client_id: clientId, ...(labels && { labels }), ...(groups && { groups }) };
}

function contentsOf({ data }: { data?: string }): JsonObject {
  return data === undefined ? {} : { data: parseJson(data) };
}
