/** Reads the headers of a handshake, and the subprotocols that the client offers, from the event. */

/** The headers of a handshake event; the platform keeps their casing. */
export interface HandshakeEvent {
  multiValueHeaders?: Record<string, string[] | undefined> | null;
}

/** The values of a header. @param wanted  its name in lower case */
export function headerOf({ multiValueHeaders }: HandshakeEvent, wanted: string): string[] {
  return Object.entries(multiValueHeaders ?? {})
    .filter(([name]) => name.toLowerCase() === wanted)
    .flatMap(([, values = []]) => values);
}

/** In order of preference, from one or more headers. */
export function offeredSubprotocols(event: HandshakeEvent): string[] {
  return headerOf(event, 'sec-websocket-protocol')
    .flatMap((value) => value.split(','))
    .map((offer) => offer.trim())
    .filter((offer) => offer !== '');
}
