/** What differs between runs in events, and the part of `requestContext` that all routes share. */

/** An id in the platform's format. */
export const ID = expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/);

export const TRACE_ID = expect.stringMatching(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);

/** The initial time of the clock of a test's gateway. */
export const START = 1_700_000_000_000;

export const START_TIME = '14/Nov/2023:22:13:20 +0000';

export function hostOf(url: string): string {
  return new URL(url).host;
}

/** Of an event at the clock's initial time, from a client without a user agent. */
export function expectedContext({ connectionsUrl }: { connectionsUrl: string }, routeKey: string, eventType: string) {
  return {
    routeKey,
    eventType,
    extendedRequestId: ID,
    requestTime: START_TIME,
    messageDirection: 'IN',
    stage: 'local',
    connectedAt: START,
    requestTimeEpoch: START,
    identity: { sourceIp: '127.0.0.1' },
    requestId: ID,
    domainName: hostOf(connectionsUrl),
    connectionId: ID,
    apiId: 'local',
  };
}
