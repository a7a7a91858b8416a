/** A client's item in DynamoDB, as the client stores read it. */
import type { Client, ClientConnection } from '../ports/client-store';
import type { Clock } from '../ports/runtime';
import type { Position } from '../protocol/position';
import { secondsNow } from './dynamodb-items';

export interface OnlineItem {
  client_id: string;
  connection_id: string;
  connected_at: string;
  labels?: string[];
  issued_by?: string;
  issued_at?: number;
  /** Seconds since 1970. When the platform ends the connection, possibly without a $disconnect. */
  session_ends_at: number;
}

export interface ClientItem extends OnlineItem {
  last_activity: string;
  message_count: number;
  epoch: string;
  out_seq: number;
  acked_seq?: number;
  /** Milliseconds since 1970: see `ports/rate-limit.ts`. */
  used_up_at?: number;
}

export function isOnline(item: Partial<OnlineItem> | undefined, clock: Clock): item is OnlineItem {
  return item?.connection_id !== undefined && (item.session_ends_at ?? 0) > secondsNow(clock);
}

export function positionOf(attributes: object | undefined): Position {
  const { epoch, out_seq } = attributes as ClientItem;
  return { epoch, seq: out_seq };
}

export function connectionFromItem({
  client_id,
  connection_id,
  connected_at,
  labels = [],
}: OnlineItem): ClientConnection {
  return { clientId: client_id, connectionId: connection_id, connectedAt: connected_at, labels };
}

export function clientFromItem(item: ClientItem): Client {
  const { last_activity: lastActivity, message_count: messageCount, acked_seq: ackedSeq = 0 } = item;
  const { issued_by: issuedBy, issued_at: issuedAt } = item;
  return {
    ...connectionFromItem(item),
    ...(issuedAt !== undefined && { issuedBy, issuedAt }),
    ...{ lastActivity, messageCount, position: positionOf(item), ackedSeq },
  };
}
