/** Reads the subprotocols that a client offers in its handshake from the event. */

/** The headers of a handshake event; the platform keeps their casing. */
export interface HandshakeEvent {
  multiValueHeaders?: Record<string, string[] | undefined> | null;
}

/** In order of preference, from one or more headers. */
export function offeredSubprotocols({ multiValueHeaders }: HandshakeEvent): string[] {
  return Object.entries(multiValueHeaders ?? {})
    .filter(([name]) => name.toLowerCase() === 'sec-websocket-protocol')
    .flatMap(([, values = []]) => values)
    .flatMap((value) => value.split(','))
    .map((offer) => offer.trim())
    .filter((offer) => offer !== '');
}
