/** One request of a connection at a time: HTTP/1.1 lets a client send any number ahead, whose answers would all wait here. */
import type { Socket } from 'node:net';
import { createPace } from './pace';

export type TakeTurn = (socket: Socket, serve: () => Promise<void>) => void;

/** Requests that begin in a turn of the event loop: a file may take a millisecond on its way out. */
const REQUESTS_A_TURN = 2;

/** @param maxWaiting  requests sent ahead; a connection that sends more is cut off */
export function createTurns(maxWaiting: number): TakeTurn {
  const pace = createPace(REQUESTS_A_TURN);
  const queues = new WeakMap<Socket, (() => Promise<void>)[]>();

  async function serveAll(socket: Socket, queue: (() => Promise<void>)[]): Promise<void> {
    while (queue[0] !== undefined && !socket.destroyed) {
      await queue[0]();
      queue.shift();
      if (queue.length > 0) await new Promise<void>((resolve) => pace(resolve)); // other connections come between
    }
    queues.delete(socket);
  }

  return function takeTurn(socket, serve) {
    const queue = queues.get(socket);
    if (!queue) {
      const own = [serve];
      queues.set(socket, own);
      pace(() => void serveAll(socket, own));
    } else if (queue.length <= maxWaiting) queue.push(serve);
    else socket.destroy();
  };
}
