/** Posts to clients through this process's own gateway. */
import type { Connections } from '../../lambdas/ports/connections';
import type { Gateway } from '../gateway/gateway';

/** Budget for posts per turn of the event loop: 500 small ones, which block everything else for a few milliseconds. */
const TURN = 500;

/** Characters that cost as much as the fixed overhead of a post. */
const CHARACTERS = 2_048;

/** @param gateway  called at the first push, because the gateway is created from handlers that need this */
export function createMemoryConnections(
  gateway: () => Pick<Gateway, 'post' | 'disconnect' | 'isOpen' | 'onClose'>,
): Connections {
  // Each mode has its own turns: a push that a caller waits for does not queue behind a broadcast.
  const turns = { at_least_once: createTurns(1), at_most_once: createTurns(0), once: createTurns(0) };

  const connections: Connections = {
    post(connectionId, text, mode = 'at_most_once') {
      const turn = turns[mode](text);
      if (turn) return turn.then(() => connections.post(connectionId, text, mode));
      return gateway().post(connectionId, text) ? 'delivered' : 'gone';
    },

    async postToAll(connectionIds, text, mode) {
      const takeTurn = turns[mode];
      const { post } = gateway();
      const gone = new Set<string>();
      for (const connectionId of connectionIds) {
        for (let turn = takeTurn(text); turn; turn = takeTurn(text)) await turn;
        if (!post(connectionId, text)) gone.add(connectionId);
      }
      return gone;
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
  return connections;
}

/**
 * Posts are synchronous here, so without turns a broadcast would block the event loop from its first post to its last.
 * @param costOfPost  the fixed cost of a post, without its bytes
 */
function createTurns(costOfPost: number) {
  let spent = 0;
  let nextTurn: Promise<void> | undefined;
  /** @returns undefined if the post may be made now; otherwise the next turn, after which to ask again */
  return function takeTurn(text: string): Promise<void> | undefined {
    if (spent < TURN) {
      spent += costOfPost + text.length / CHARACTERS;
      return undefined;
    }
    nextTurn ??= new Promise((resolve) => {
      setImmediate(() => {
        spent = 0;
        nextTurn = undefined;
        resolve();
      });
    });
    return nextTurn;
  };
}
