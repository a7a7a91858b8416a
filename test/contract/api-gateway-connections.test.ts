/** Connections of API Gateway: the real SDK client against a loopback server that answers like @connections. */
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ApiGatewayManagementApiClient } from '@aws-sdk/client-apigatewaymanagementapi';
import { createApiGatewayConnections, createManagementClient } from '../../lambdas/aws/api-gateway-connections';
import { ConnectionError, type ConnectionErrorCode, type Connections } from '../../lambdas/ports/connections';
import type { Awaitable } from '../../lambdas/ports/runtime';
import { createFakeClock, type FakeClock } from '../support/fake-clock';

interface Answer {
  status: number;
  errorType?: string;
}

const OK: Answer = { status: 200 };
const GONE: Answer = { status: 410, errorType: 'GoneException' };
const THROTTLED: Answer = { status: 429, errorType: 'LimitExceededException' };

/** With characters that occur in real ids but not in paths. */
const ID = 'R1kmxc2VNj/CFIA=';
const PATH = '/prod/@connections/R1kmxc2VNj%2FCFIA%3D';

let server: Server;
let endpoint: string;
let client: ApiGatewayManagementApiClient;
let connections: Connections;
let clock: FakeClock;
let requests: { method?: string; path?: string; body: string }[];
/** Outcomes of the next calls, in order; the last one repeats. */
let answers: Answer[];

beforeEach(async () => {
  requests = [];
  answers = [OK];
  server = createServer(async (request, response) => {
    requests.push({ method: request.method, path: request.url, body: await text(request) });
    const { status, errorType } = (answers.length > 1 ? answers.shift() : answers[0]) ?? OK;
    response.writeHead(status, errorType === undefined ? {} : { 'x-amzn-ErrorType': errorType });
    response.end(status === 200 ? '' : JSON.stringify({ message: null, connectionId: ID }));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  endpoint = `http://127.0.0.1:${(server.address() as AddressInfo).port}/prod`;
  client = createManagementClient({
    endpoint,
    region: 'us-east-1',
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  clock = createFakeClock();
  connections = createApiGatewayConnections({ client, clock });
});

afterEach(async () => {
  client.destroy();
  if (!server.listening) return;
  server.close();
  await once(server, 'close');
});

async function errorOf(call: Awaitable<unknown>): Promise<ConnectionError> {
  const error = await Promise.resolve(call).then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(ConnectionError);
  return error as ConnectionError;
}

test('a post sends the text unchanged to the path of the connection', async () => {
  const message = JSON.stringify({ type: 'pong', data: { text: 'grüße 🎉' } });
  expect(await connections.post(ID, message)).toBe('delivered');
  expect(requests).toEqual([{ method: 'POST', path: PATH, body: message }]);
});

test('closing deletes the connection', async () => {
  answers = [{ status: 204 }];
  expect(await connections.close(ID)).toBe('closed');
  expect(requests).toEqual([{ method: 'DELETE', path: PATH, body: '' }]);
});

test('a connection that is gone is a regular outcome, without a retry', async () => {
  answers = [GONE];
  expect(await connections.post(ID, '{}')).toBe('gone');
  expect(await connections.close(ID)).toBe('gone');
  expect(requests).toHaveLength(2);
  expect(clock.slept).toEqual([]);
});

test('a throttled post is retried, with growing waits', async () => {
  answers = [THROTTLED, THROTTLED, OK];
  expect(await connections.post(ID, '{}')).toBe('delivered');
  expect(requests.map(({ body }) => body)).toEqual(['{}', '{}', '{}']);
  const [first = 0, second = 0] = clock.slept;
  expect(clock.slept).toHaveLength(2);
  expect(first).toBeGreaterThanOrEqual(50);
  expect(first).toBeLessThan(100);
  expect(second).toBeGreaterThanOrEqual(100);
  expect(second).toBeLessThan(200);
});

test('a connection that disappears while it is throttled is gone', async () => {
  answers = [THROTTLED, GONE];
  expect(await connections.post(ID, '{}')).toBe('gone');
});

test('endless throttling is an error after 3 retries, without further retries of the SDK', async () => {
  answers = [THROTTLED];
  expect((await errorOf(connections.post(ID, '{}'))).code).toBe('throttled');
  expect(requests).toHaveLength(4);
  expect((await errorOf(connections.close(ID))).code).toBe('throttled');
  expect(requests).toHaveLength(8);
});

test.each<[number, string, ConnectionErrorCode]>([
  [413, 'PayloadTooLargeException', 'too_large'],
  [403, 'ForbiddenException', 'forbidden'],
  [400, 'BadRequestException', 'failed'],
  [500, 'InternalServerErrorException', 'failed'],
  [503, 'constructor', 'failed'],
])('%i %s is a ConnectionError without a retry, with its cause', async (status, errorType, code) => {
  answers = [{ status, errorType }];
  const error = await errorOf(connections.post(ID, '{}'));
  expect(error.code).toBe(code);
  expect(error.cause).toMatchObject({ name: errorType, $metadata: { httpStatusCode: status } });
  expect(requests).toHaveLength(1);
});

test('a call that is never answered fails eventually, so that it blocks nobody forever', async () => {
  server.removeAllListeners('request').on('request', () => {});
  const error = await errorOf(connections.post(ID, '{}'));
  expect([error.code, (error.cause as Error).name]).toEqual(['failed', 'TimeoutError']);
  server.closeAllConnections();
});

test('a broadcast post is retried after a lost answer or a platform error, and counts as delivered', async () => {
  answers = [{ status: 500, errorType: 'InternalServerErrorException' }, THROTTLED, OK];
  expect(await connections.post(ID, '{}', 'at_least_once')).toBe('delivered');
  expect(requests).toHaveLength(3);
});

test('an endpoint that refuses the connection is an error with its cause', async () => {
  server.close();
  await once(server, 'close');
  const error = await errorOf(connections.post(ID, '{}'));
  expect(error.code).toBe('failed');
  expect(String(error.cause)).toContain('ECONNREFUSED');
});
