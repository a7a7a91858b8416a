/** DynamoDB and @connections for one real task, on loopback: they answer just enough, and store nothing. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { clientIdOf, connectionIdOf, numberOf, numberOfConnection } from './population';

/** How long a post takes, in milliseconds. */
const LATENCY = 15;

/** One connection in this many is gone. */
const GONE_EVERY = 50;

export interface StandIns {
  dynamoUrl: string;
  callbackUrl: string;
  stop(): Promise<void>;
}

/**
 * @param sessions   in the task's segment
 * @param broadcast  the item of the broadcast, in DynamoDB's own JSON
 */
export async function startStandIns(sessions: number, broadcast: object): Promise<StandIns> {
  const targets = new Map<string, (input: ScanInput) => object>([
    ['Scan', (input) => scan(sessions, input)],
    ['Query', () => ({ Items: [broadcast], Count: 1, ScannedCount: 1 })],
    ['BatchWriteItem', () => ({ UnprocessedItems: {} })],
    ['PutItem', () => ({})],
    ['UpdateItem', () => ({})],
  ]);

  const dynamo = createServer(async (request, response) => {
    const target = String(request.headers['x-amz-target']).split('.')[1] ?? '';
    const answer = targets.get(target)?.((await json(request)) as ScanInput);
    response.writeHead(answer ? 200 : 400, { 'content-type': 'application/x-amz-json-1.0' });
    response.end(JSON.stringify(answer ?? { __type: 'com.amazon.coral.service#UnknownOperationException' }));
  });

  const platform = createServer(async (request, response) => {
    const number = numberOfConnection(decodeURIComponent(request.url?.split('/').at(-1) ?? ''));
    await Promise.all([ended(request), setTimeout(LATENCY)]);
    if (number % GONE_EVERY > 0) return response.writeHead(200, { 'content-length': 0 }).end();
    response.writeHead(410, { 'x-amzn-errortype': 'GoneException' }).end('{}');
  });

  const [dynamoUrl, platformUrl] = await Promise.all([listen(dynamo), listen(platform)]);
  return {
    dynamoUrl,
    callbackUrl: `${platformUrl}/prod`,
    async stop() {
      await Promise.all([dynamo, platform].map(close));
    },
  };
}

interface ScanInput {
  Limit: number;
  ExclusiveStartKey?: { client_id: { S: string } };
}

function scan(sessions: number, { Limit: limit, ExclusiveStartKey: start }: ScanInput) {
  const first = start ? numberOf(start.client_id.S) + 1 : 0;
  const end = Math.min(first + limit, sessions);
  const now = new Date(Date.now() - 600_000).toISOString();
  const Items = Array.from({ length: end - first }, (_, index) => ({
    client_id: { S: clientIdOf(first + index) },
    connection_id: { S: connectionIdOf(first + index) },
    connected_at: { S: now },
    online_id: { S: clientIdOf(first + index) },
    session_ends_at: { N: String(Math.floor(Date.now() / 1_000) + 3_600) },
  }));
  return { Items, ...(end < sessions && { LastEvaluatedKey: keyOf(clientIdOf(end - 1)) }) };
}

function keyOf(clientId: string) {
  return { client_id: { S: clientId }, online_id: { S: clientId } };
}

async function ended(request: IncomingMessage): Promise<void> {
  request.resume();
  if (!request.complete) await once(request, 'end');
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
