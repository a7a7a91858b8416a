/** The WebSocket subprotocol of ours. A browser has no other header than this one's to put a token in. */

/**
 * A client that offers it has it agreed to, as browsers give up a connection whose server agrees to none of their offers.
 * What it offers beside is its token, which is never sent back.
 */
export const SUBPROTOCOL = 'switchboard';
