/** @connections of an unreliable account: an HTTP server on loopback whose answers follow from a seed. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chance } from './random';

/** Shares of all posts, and of all connections; 1 is everything. */
export interface Mishaps {
  /** Connections that are gone: every post to one is answered 410. */
  gone: number;
  /** Posts that are answered 429. */
  throttled: number;
  /** Posts that are answered 500; every second one reaches the client anyway. */
  failed: number;
}

/** One post, as seen by the platform. */
export interface SeenPost {
  connectionId: string;
  /** The name in the SDK's user agent. */
  userAgent: string;
  status: number;
}

export interface FakePlatform {
  /** The value for CALLBACK_URL. */
  url: string;
  posts: SeenPost[];
  /** The number of messages that each connection received. */
  received: Map<string, number>;
  isGone(connectionId: string): boolean;
  stop(): Promise<void>;
}

/**
 * The outcome of the nth post to a connection depends only on the seed, whoever posts and when.
 * @param onPost  called with each post, before it is answered
 */
export async function startFakePlatform(
  seed: number,
  { gone, throttled, failed }: Mishaps,
  onPost: (post: SeenPost) => void,
): Promise<FakePlatform> {
  const posts: SeenPost[] = [];
  const received = new Map<string, number>();
  const tries = new Map<string, number>();
  const isGone = (connectionId: string) => chance(`${seed} gone ${connectionId}`) < gone;

  function statusOf(connectionId: string): number {
    const nth = (tries.get(connectionId) ?? 0) + 1;
    tries.set(connectionId, nth);
    if (isGone(connectionId)) return 410;
    const drawn = chance(`${seed} post ${nth} ${connectionId}`);
    if (drawn < throttled) return 429;
    const arrives = drawn >= throttled + failed / 2;
    if (arrives) received.set(connectionId, (received.get(connectionId) ?? 0) + 1);
    return drawn < throttled + failed ? 500 : 200;
  }

  const server = createServer((request, response) => {
    const [, encoded = ''] = request.url?.split('/@connections/') ?? [];
    const connectionId = decodeURIComponent(encoded);
    request.resume().once('end', () => {
      if (request.method === 'GET') {
        const status = isGone(connectionId) ? 410 : 200;
        const headers = status === 410 ? { 'x-amzn-errortype': 'GoneException' } : undefined;
        return response.writeHead(status, headers).end('{}');
      }
      const post = { connectionId, userAgent: request.headers['user-agent'] ?? '', status: statusOf(connectionId) };
      posts.push(post);
      onPost(post);
      const errorType = ERROR_TYPES.get(post.status);
      response.writeHead(post.status, errorType === undefined ? {} : { 'x-amzn-errortype': errorType });
      response.end(errorType === undefined ? '' : '{}');
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`,
    posts,
    received,
    isGone,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const ERROR_TYPES: ReadonlyMap<number, string> = new Map([
  [410, 'GoneException'],
  [429, 'LimitExceededException'],
  [500, 'InternalServerErrorException'],
]);
