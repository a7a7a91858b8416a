/** An unreliable proxy in front of `@connections`: the outcome of a call follows from a seed. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, request } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { chance } from './random';

/** Shares of all posts; 1 is everything. */
export interface Faults {
  /** Answered 410 although the connection is open, and not forwarded. */
  falselyGone: number;
  /** Answered after `delay` milliseconds. */
  delayed: number;
  delay: number;
  /** Of the calls on a reused socket: it is reset, and the call is not forwarded. */
  reset: number;
}

export interface FaultyConnections {
  /** The value for CALLBACK_URL. */
  url: string;
  /** The number of each kind of fault. */
  counts: Record<'falselyGone' | 'delayed' | 'reset', number>;
  stop(): Promise<void>;
}

/** @param target  the endpoint of `@connections` */
export async function startFaultyConnections(target: string, seed: number, faults: Faults): Promise<FaultyConnections> {
  const used = new WeakSet<Socket>();
  const counts = { falselyGone: 0, delayed: 0, reset: 0 };
  let calls = 0;

  function draw(fault: keyof typeof counts): boolean {
    const isDrawn = chance(`${seed} ${fault} ${calls}`) < faults[fault];
    if (isDrawn) counts[fault] += 1;
    return isDrawn;
  }

  async function bodyOf(asked: IncomingMessage): Promise<Buffer> {
    const chunks: Buffer[] = [];
    for await (const chunk of asked) chunks.push(chunk);
    return Buffer.concat(chunks);
  }

  const server = createServer(async (asked, response) => {
    calls += 1;
    const isReused = used.has(asked.socket);
    used.add(asked.socket);
    const isPost = asked.method === 'POST';
    if (isReused && draw('reset')) return asked.socket.resetAndDestroy();
    const isFalselyGone = isPost && draw('falselyGone');
    const isDelayed = isPost && draw('delayed');
    const body = await bodyOf(asked);
    if (isDelayed) await new Promise((resolve) => setTimeout(resolve, faults.delay));
    if (isFalselyGone) return response.writeHead(410, { 'x-amzn-errortype': 'GoneException' }).end('{}');
    // With unchanged headers, including the host: they are signed.
    const { host } = new URL(target);
    const [hostname, port] = host.split(':');
    const passed = request(
      { hostname, port, path: asked.url, method: asked.method, headers: asked.headers },
      (answer) => {
        response.writeHead(answer.statusCode ?? 500, answer.headers);
        answer.pipe(response);
      },
    );
    passed.on('error', () => response.destroy());
    passed.end(body);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${new URL(target).pathname}`,
    counts,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
