/** Reaching clients through this process's own gateway. */
import type { Connections } from '../lambdas/connections/connections';
import type { Gateway } from './gateway/gateway';

/** Posts of broadcasts in one turn of the event loop: some milliseconds in which nothing else is served. */
const POSTS_A_TURN = 500;

/** @param gateway  asked for when the first push is made, as the gateway needs handlers, and they this */
export function createMemoryConnections(gateway: () => Pick<Gateway, 'post' | 'disconnect'>): Connections {
  let posted = 0;
  let nextTurn: Promise<void> | undefined;

  /** Nothing that a broadcast waits for takes time here, so without this it would run from its first post to its last. */
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
    async post(connectionId, text, patience) {
      if (patience === 'long') await takeTurn();
      return gateway().post(connectionId, text) ? 'delivered' : 'gone';
    },

    async close(connectionId) {
      return gateway().disconnect(connectionId) ? 'closed' : 'gone';
    },
  };
}
