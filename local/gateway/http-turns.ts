/** Serves one request per connection at a time: HTTP/1.1 allows pipelining, and the answers would all have to be buffered. */
import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { createPace } from './pace';

export type TakeTurn = (request: IncomingMessage, serve: () => Promise<void>) => void;

interface Turn {
  request: IncomingMessage;
  serve(): Promise<void>;
}

/** Requests started per turn of the event loop: sending a file can take a millisecond. */
const REQUESTS_A_TURN = 2;

export interface TurnLimits {
  /** Waiting requests of one connection; a connection with more is cut off. */
  waitingRequests: number;
  /** The same for all connections together. */
  allWaitingRequests: number;
}

export function createTurns({ waitingRequests, allWaitingRequests }: TurnLimits): TakeTurn {
  const pace = createPace(REQUESTS_A_TURN);
  /** The first of each queue is being served. */
  const queues = new WeakMap<Socket, Turn[]>();
  const watched = new WeakSet<Socket>();
  let waiting = 0;

  async function serveAll(socket: Socket, queue: Turn[]): Promise<void> {
    while (queue[0] !== undefined && !socket.destroyed) {
      await queue[0].serve();
      queue.shift();
      if (queue.length === 0) break;
      waiting -= 1;
      await new Promise<void>((resolve) => pace(resolve)); // lets other connections in between
    }
    waiting -= Math.max(0, queue.length - 1); // the connection has closed
    queues.delete(socket);
  }

  /** Runs before Node's listener, which would create an error with a stack for each waiting request: hundreds of them take a second. */
  function endWaiting(this: Socket): void {
    for (const { request } of queues.get(this)?.slice(1) ?? []) request.destroy();
  }

  return function takeTurn(request, serve) {
    const { socket } = request;
    const queue = queues.get(socket);
    if (!queue) {
      const own = [{ request, serve }];
      queues.set(socket, own);
      return pace(() => void serveAll(socket, own));
    }
    if (queue.length > waitingRequests || waiting >= allWaitingRequests) return void socket.destroy();
    queue.push({ request, serve });
    waiting += 1;
    if (watched.has(socket)) return;
    watched.add(socket);
    socket.prependListener('close', endWaiting);
  };
}
