/** Definition of a WebSocket API: its routes, the route selection, and the platform's limits. */
import type { WebSocketAuthorizer } from './authorizer';
import type { Handler, PromisedHandler } from './handler';
import type { ConnectEvent, DisconnectEvent, MessageEvent } from './websocket-events';

/** Handlers by route key. Each may be left out, as on the platform. */
export type WebSocketRoutes = {
  $connect?: Handler<ConnectEvent>;
  $disconnect?: Handler<DisconnectEvent>;
  $default?: Handler<MessageEvent>;
  [routeKey: string]: Handler<ConnectEvent> | Handler<DisconnectEvent> | Handler<MessageEvent> | undefined;
};

export interface WebSocketApi {
  routes: ReadonlyMap<string, PromisedHandler<never>>;
  routeSelectionExpression: string;
  /** Keys of the routes whose results are sent to the client. */
  routeResponses: ReadonlySet<string>;
  authorizer?: WebSocketAuthorizer;
  stage: string;
}

export interface WebSocketLimits {
  /** Bytes of a message; a larger one closes its connection with 1009. */
  messageBytes: number;
  /** Bytes of a single frame; a larger one closes its connection with 1009. */
  frameBytes: number;
  /** Unread bytes for one client; above this the client is cut off. */
  unsentBytes: number;
  /** Seconds without a message after which a connection is closed with 1001. */
  idleSeconds: number;
  /** Seconds after which a connection is closed with 1001, busy or not. */
  lifetimeSeconds: number;
}

/** API Gateway's quotas, by the page "Quotas for configuring and running a WebSocket API". The limit of unsent bytes is ours. */
export const PLATFORM_LIMITS: WebSocketLimits = {
  messageBytes: 131_072,
  frameBytes: 32_768,
  unsentBytes: 1_048_576,
  idleSeconds: 600,
  lifetimeSeconds: 7_200,
};
