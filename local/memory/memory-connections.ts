/** Reaching clients through this process's own gateway. */
import type { Connections } from '../../lambdas/ports/connections';
import type { Gateway } from '../gateway/gateway';

/** Broadcast posts in one turn of the event loop: a few milliseconds in which nothing else is served. */
const POSTS_A_TURN = 500;

/** @param gateway  asked at the first push, because the gateway is made from handlers that need this */
export function createMemoryConnections(
  gateway: () => Pick<Gateway, 'post' | 'disconnect' | 'isOpen' | 'onClose'>,
): Connections {
  let posted = 0;
  let nextTurn: Promise<void> | undefined;

  /** Posts take no time here, so without this a broadcast would hold the event loop from its first post to its last. */
  async function takeTurn(): Promise<void> {
    while (posted >= POSTS_A_TURN) {
      nextTurn ??= new Promise((resolve) => {
        setImmediate(() => {
          posted = 0;
          nextTurn = undefined;
          resolve();
        });
      });
      await nextTurn;
    }
    posted += 1;
  }

  return {
    async post(connectionId, text, mode) {
      if (mode === 'at_least_once') await takeTurn();
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
