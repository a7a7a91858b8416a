/**
 * Posts over sockets that the other side resets, with the real SDK client and a real server; prints the outcome of each case as JSON. In
 * its own process: the SDK checks errors with `instanceof`, which fails between Jest's realm and Node's.
 */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createApiGatewayConnections, createManagementClient } from '../../lambdas/aws/api-gateway-connections';
import { requestHandler, watchedAgents } from '../../lambdas/aws/sdk-clients';
import { type Awaitable, systemClock } from '../../lambdas/ports/runtime';

/** Timeout for a call in milliseconds: this is about resets, and a busy machine must not add a timeout. */
const PATIENCE = 300_000;

async function main(): Promise<void> {
  const sockets = new Set<Socket>();
  let posts = 0;
  let resetAt = 0;
  const server = createServer((request, response) => {
    posts += 1;
    if (posts === resetAt) return request.socket.resetAndDestroy();
    request.resume().on('end', () => response.end());
  });
  server.on('connection', (socket) => sockets.add(socket.on('close', () => sockets.delete(socket))));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/local`;
  const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
  const create = () => {
    const handler = { ...requestHandler(PATIENCE, PATIENCE), ...watchedAgents() };
    const client = createManagementClient({ endpoint, region: 'local', credentials, requestHandler: handler });
    return createApiGatewayConnections({ client, clock: systemClock });
  };
  const outcomeOf = (post: Awaitable<string>) => Promise.resolve(post).catch((error) => error.code as string);
  const report: Record<string, unknown> = {};

  const kept = create();
  await kept.post('c', 'first');
  resetAt = 2;
  report.keptSocket = { outcome: await outcomeOf(kept.post('c', 'second')), posts };

  posts = 0;
  resetAt = 1;
  report.newSocket = { outcome: await outcomeOf(create().post('c', 'first')), posts };

  resetAt = 0;
  const pooled = create();
  await Promise.all(Array.from({ length: 50 }, () => pooled.post('c', 'warm')));
  for (const socket of sockets) socket.resetAndDestroy();
  const outcomes = await Promise.all(Array.from({ length: 200 }, () => outcomeOf(pooled.post('c', 'after'))));
  report.pool = [...new Set(outcomes)];

  process.stdout.write(JSON.stringify(report));
  process.exit(0);
}

void main();
