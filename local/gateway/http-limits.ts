/** Limits of the HTTP port: the platform's own, and those that keep one process alive among strangers. */

export interface HttpLimits {
  /** Seconds that a connection may be idle between two requests. Above what proxies and pools keep theirs for: who ends it first decides. */
  keepAliveSeconds: number;
  /** Seconds in which the headers of a request have to be whole. */
  headersSeconds: number;
  /** Seconds in which a request has to be whole, with its body. */
  requestSeconds: number;
  /** Seconds that an answer may wait for a client that reads nothing of it. Longer than a handler may take. */
  stalledSeconds: number;
  /** Requests that a client may send ahead on one connection; their answers go out one after the other. */
  waitingRequests: number;
  /** Bytes of bodies that are held at the same time, of all clients. */
  bodyBytes: number;
  /** Bytes of answers that wait to be read, of all clients. */
  unreadBytes: number;
}

/** Ours. Google's load balancer keeps connections for 600 seconds, nginx and AWS's for 60 to 75. */
export const HTTP_LIMITS: HttpLimits = {
  keepAliveSeconds: 620,
  headersSeconds: 30,
  requestSeconds: 60,
  stalledSeconds: 60,
  waitingRequests: 100,
  bodyBytes: 67_108_864,
  unreadBytes: 67_108_864,
};

/** Bytes of a request's body: the payload quota of an HTTP API. */
export const MAX_BODY_BYTES = 10_485_760;

/** The same on a route that is open while others are guarded; ours, as whoever shows no credential shall fill no memory. */
export const MAX_OPEN_BODY_BYTES = 65_536;

/** Bytes of what a Lambda function may answer, as JSON; Lambda's own quota. */
export const MAX_ANSWER_BYTES = 6_291_456;

/** Milliseconds that an HTTP API waits for a Lambda function: its integration timeout. */
export const INTEGRATION_TIMEOUT = 30_000;
