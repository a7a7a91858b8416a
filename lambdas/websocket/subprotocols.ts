/** The subprotocols that a client offers in its handshake, out of the events that it makes. */

/** As much of an event of a handshake as holds its headers; the platform keeps their casing. */
export interface HandshakeEvent {
  multiValueHeaders?: Record<string, string[] | undefined> | null;
}

/** In the order of the offer, out of however many headers. */
export function offeredSubprotocols({ multiValueHeaders }: HandshakeEvent): string[] {
  return Object.entries(multiValueHeaders ?? {})
    .filter(([name]) => name.toLowerCase() === 'sec-websocket-protocol')
    .flatMap(([, values = []]) => values)
    .flatMap((value) => value.split(','))
    .map((offer) => offer.trim())
    .filter((offer) => offer !== '');
}
