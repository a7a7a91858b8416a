/** Our WebSocket subprotocol. This header is the only one in which a browser can send a token. */

/**
 * The server agrees to this subprotocol if the client offers it, because browsers drop a connection whose server agrees to none. The
 * other offer is the client's token, which is never sent back.
 */
export const SUBPROTOCOL = 'switchboard';
