/** API Gateway's WebSocket events to the two things that handlers ask of them, and replies back to results. */
import type { APIGatewayProxyResultV2 } from 'aws-lambda';
import { v5 as uuidFromName } from 'uuid';

/** As much of an event as says whose connection it is. */
export interface ConnectionEvent {
  requestContext: { connectionId: string; authorizer?: unknown };
}

/** Whose connection an event belongs to. */
export interface Peer {
  clientId: string;
  connectionId: string;
}

/** Our own namespace for name-based UUIDs (RFC 9562, version 5). Any constant does; changing it would rename every client. */
const CLIENT_NAMESPACE = '6f7b0a0e-5c1e-4c8b-9a57-0d1f3a8a2f61';

/**
 * Client ids by connection id, as made before: every message asks for its own, and making one costs a hash. Where more
 * clients than this take turns, it helps less and less.
 */
const MOST_KNOWN = 20_000;
const clientIds = new Map<string, string>();

function clientIdOf(connectionId: string): string {
  const known = clientIds.get(connectionId);
  if (known !== undefined) return known;
  const clientId = uuidFromName(connectionId, CLIENT_NAMESPACE);
  if (clientIds.size === MOST_KNOWN) clientIds.clear();
  clientIds.set(connectionId, clientId);
  return clientId;
}

/**
 * The authorizer's `client_id`, which API Gateway repeats on every event of the connection; without an authorizer
 * a UUID made from the connection id. Either way, no look-up.
 */
export function peerFromEvent({ requestContext: { connectionId, authorizer } }: ConnectionEvent): Peer {
  const named = (authorizer as { client_id?: unknown } | undefined)?.client_id;
  const clientId = typeof named === 'string' ? named : clientIdOf(connectionId);
  return { clientId, connectionId };
}

/** A result that sends `body` to the client, where the route has a route response. */
export function resultWithReply(body: string): APIGatewayProxyResultV2 {
  return { statusCode: 200, body };
}

export function emptyResult(): APIGatewayProxyResultV2 {
  return { statusCode: 200 };
}
