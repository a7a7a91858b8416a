/** Reaching clients through this process's own gateway. */
import type { Connections } from '../../lambdas/ports/connections';
import type { Gateway } from '../gateway/gateway';

/** What posts may cost in one turn of the event loop: 500 small ones, a few milliseconds in which nothing else is served. */
const TURN = 500;

/** Characters that cost as much as a post does beside them. */
const CHARACTERS = 2_048;

/** @param gateway  asked at the first push, because the gateway is made from handlers that need this */
export function createMemoryConnections(
  gateway: () => Pick<Gateway, 'post' | 'disconnect' | 'isOpen' | 'onClose'>,
): Connections {
  // Each mode has turns of its own: a push that somebody waits for does not queue behind a broadcast, and waits for its bytes alone.
  const takeTurn = { at_least_once: createTurns(1), at_most_once: createTurns(0), once: createTurns(0) };

  return {
    async post(connectionId, text, mode = 'at_most_once') {
      await takeTurn[mode](text);
      return gateway().post(connectionId, text) ? 'delivered' : 'gone';
    },

    async close(connectionId) {
      return gateway().disconnect(connectionId) ? 'closed' : 'gone';
    },

    async isOpen(connectionId) {
      return gateway().isOpen(connectionId);
    },

    onClose(connectionId, callback) {
      return gateway().onClose(connectionId, callback);
    },
  };
}

/**
 * Posts take no time here, so without turns a broadcast would hold the event loop from its first post to its last.
 * @param costOfPost  beside that of its bytes
 */
function createTurns(costOfPost: number) {
  let spent = 0;
  let nextTurn: Promise<void> | undefined;
  return async function takeTurn(text: string): Promise<void> {
    while (spent >= TURN) {
      nextTurn ??= new Promise((resolve) => {
        setImmediate(() => {
          spent = 0;
          nextTurn = undefined;
          resolve();
        });
      });
      await nextTurn;
    }
    spent += costOfPost + text.length / CHARACTERS;
  };
}
