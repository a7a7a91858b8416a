/** One request of a connection at a time: HTTP/1.1 lets a client send any number ahead, whose answers would all wait here. */
import type { Socket } from 'node:net';

export type TakeTurn = (socket: Socket, serve: () => Promise<void>) => void;

/** @param maxWaiting  requests sent ahead; a connection that sends more is cut off */
export function createTurns(maxWaiting: number): TakeTurn {
  const queues = new WeakMap<Socket, (() => Promise<void>)[]>();

  async function serveAll(socket: Socket, queue: (() => Promise<void>)[]): Promise<void> {
    while (queue[0] !== undefined && !socket.destroyed) {
      await queue[0]();
      queue.shift();
      if (queue.length > 0) await new Promise((resolve) => setImmediate(resolve)); // other connections come between
    }
    queues.delete(socket);
  }

  return function takeTurn(socket, serve) {
    const queue = queues.get(socket);
    if (!queue) {
      const own = [serve];
      queues.set(socket, own);
      void serveAll(socket, own);
    } else if (queue.length <= maxWaiting) queue.push(serve);
    else socket.destroy();
  };
}
