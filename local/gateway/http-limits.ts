/** Limits of the HTTP port: the platform's, and those that protect this process from strangers. */

export interface HttpLimits {
  /** Connections. Above it, the connection that has been idle longest is closed, or the new one if none is idle. */
  connections: number;
  /** The same for one address, or one IPv6 /64 network. Behind a trusted proxy: requests of one client at the same time; more are answered 429. */
  connectionsPerAddress: number;
  /** Keep-alive timeout in seconds. Longer than that of proxies and pools, so that they close an idle connection first. */
  keepAliveSeconds: number;
  /** Timeout in seconds for the headers of a request. */
  headersSeconds: number;
  /** Timeout in seconds for a request with its body. */
  requestSeconds: number;
  /** Seconds that an answer may wait for a client that reads none of it. Longer than a handler may take. */
  stalledSeconds: number;
  /** Requests that a client may pipeline on one connection; they are answered one after the other. */
  waitingRequests: number;
  /** Pipelined requests that wait, of all connections; each takes about 3 KB. */
  allWaitingRequests: number;
  /** Bytes of request bodies held at the same time, for all clients. */
  bodyBytes: number;
  /** Bytes of unread answers, for all clients. */
  unreadBytes: number;
}

/** Our choice. Google's load balancer keeps connections for 600 seconds, nginx and AWS's for 60 to 75. */
export const HTTP_LIMITS: HttpLimits = {
  connections: 2_048,
  connectionsPerAddress: 1_024,
  keepAliveSeconds: 620,
  headersSeconds: 30,
  requestSeconds: 60,
  stalledSeconds: 60,
  waitingRequests: 100,
  allWaitingRequests: 50_000,
  bodyBytes: 67_108_864,
  unreadBytes: 67_108_864,
};

/** Bytes of a request's body: the payload quota of an HTTP API. */
export const MAX_BODY_BYTES = 10_485_760;

/** The same on open routes of an API with an authorizer. Our choice: callers without credentials must not fill the memory. */
export const MAX_OPEN_BODY_BYTES = 65_536;

/** Bytes of a Lambda function's result as JSON: Lambda's quota. */
export const MAX_ANSWER_BYTES = 6_291_456;

/** Milliseconds that an HTTP API waits for a Lambda function: its integration timeout. */
export const INTEGRATION_TIMEOUT = 30_000;
