/** Rows 8, 35 to 39 and 43 of docs/fidelity.md: @connections, as the unmodified SDK client sees it. */
import {
  ApiGatewayManagementApiClient,
  DeleteConnectionCommand,
  GetConnectionCommand,
  PostToConnectionCommand,
} from '@aws-sdk/client-apigatewaymanagementapi';
import { call } from '../support/http';
import { callConnection, signedHeaders } from '../support/signed-call';
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/websocket-gateway';

let gateway: TestGateway;
let sdk: ApiGatewayManagementApiClient;

afterEach(async () => {
  sdk.destroy();
  await gateway.stop(100);
});

const MAX_DATA_BYTES = 131_072;

/** A valid id without a connection. */
const UNKNOWN_ID = 'R1kmxc2VNjMCFIA=';

async function start(options: TestGatewayOptions = {}): Promise<void> {
  gateway = await startTestGateway(options);
  sdk = createSdk(gateway.connectionsUrl);
}

function createSdk(endpoint: string, credentials = gateway.connectionsCredentials): ApiGatewayManagementApiClient {
  return new ApiGatewayManagementApiClient({
    endpoint,
    region: 'us-east-1',
    credentials,
    maxAttempts: 1,
  });
}

async function open(): Promise<{ client: TestClient; ConnectionId: string }> {
  const client = await TestClient.open(gateway.url, { headers: { 'User-Agent': 'fidelity/1' } });
  return { client, ConnectionId: gateway.connects.at(-1)?.requestContext.connectionId as string };
}

function post(ConnectionId: string, Data = '{"type":"pushed"}', by = sdk) {
  return by.send(new PostToConnectionCommand({ ConnectionId, Data }));
}

/** How a caller can identify an error of the SDK. */
async function errorOf(sent: Promise<unknown>) {
  const error = await sent.then(
    () => undefined,
    (thrown: unknown) => thrown as Error & { statusCode?: number; $metadata: { httpStatusCode?: number } },
  );
  return error && { name: error.name, status: error.$metadata.httpStatusCode, statusCode: error.statusCode };
}

/** As in row 39: the name and the metadata identify the error, `statusCode` does not. */
const GONE = { name: 'GoneException', status: 410, statusCode: undefined };
const LIMIT_EXCEEDED = { name: 'LimitExceededException', status: 429, statusCode: undefined };

describe('a connection id', () => {
  it('row 8: has API Gateway’s form, and works percent-encoded, including characters that paths do not allow', async () => {
    await start();
    let connection = await open();
    for (let tries = 0; tries < 200 && !connection.ConnectionId.includes('/'); tries += 1) {
      connection.client.socket.terminate();
      connection = await open();
    }
    expect(connection.ConnectionId).toMatch(/^[A-Za-z0-9+/]{15}=$/);
    expect(connection.ConnectionId).toContain('/');
    await post(connection.ConnectionId);
    expect(await connection.client.next()).toEqual({ type: 'pushed' });
    expect((await callConnection(gateway, 'POST', connection.ConnectionId, '{"type":"by hand"}')).status).toBe(200);
    expect(await connection.client.next()).toEqual({ type: 'by hand' });
  });
});

describe('POST', () => {
  it('row 35: answers 200, and the data arrives unchanged', async () => {
    await start();
    const { client, ConnectionId } = await open();
    const data = '{"type":"grüße 🎉"}';
    const { $metadata } = await post(ConnectionId, data);
    expect($metadata.httpStatusCode).toBe(200);
    expect(await client.next()).toEqual(JSON.parse(data));
  });

  it('row 35: accepts 131,072 bytes; one more is 413 PayloadTooLargeException, and nothing arrives', async () => {
    await start();
    const { client, ConnectionId } = await open();
    const largest = JSON.stringify('é'.repeat(MAX_DATA_BYTES / 2 - 1));
    expect(Buffer.byteLength(largest)).toBe(MAX_DATA_BYTES);
    expect(await errorOf(post(ConnectionId, `${largest} `))).toEqual({
      name: 'PayloadTooLargeException',
      status: 413,
      statusCode: undefined,
    });
    await post(ConnectionId, largest);
    expect(await client.next()).toBe(JSON.parse(largest));
  });
});

describe('a missing connection', () => {
  it('row 36: is 410 GoneException if the connection is closed or never existed', async () => {
    await start();
    const { client, ConnectionId } = await open();
    await client.close();
    await gateway.disconnected;
    for (const id of [ConnectionId, UNKNOWN_ID]) {
      expect(await errorOf(post(id))).toEqual(GONE);
      expect(await errorOf(sdk.send(new GetConnectionCommand({ ConnectionId: id })))).toEqual(GONE);
      expect(await errorOf(sdk.send(new DeleteConnectionCommand({ ConnectionId: id })))).toEqual(GONE);
    }
  });

  it('row 36: is 410 right after a DELETE, even before the client answers the close', async () => {
    await start();
    const { client, ConnectionId } = await open();
    client.socket.pause();
    await sdk.send(new DeleteConnectionCommand({ ConnectionId }));
    expect(await errorOf(post(ConnectionId))).toEqual(GONE);
    expect(await errorOf(sdk.send(new GetConnectionCommand({ ConnectionId })))).toEqual(GONE);
    expect(await errorOf(sdk.send(new DeleteConnectionCommand({ ConnectionId })))).toEqual(GONE);
    client.socket.terminate();
  });

  it.each(['nonsense', 'R1kmxc2VNjMCFIA', '../../etc/passwd', 'R1kmxc2VNjMCFIA=='])(
    'row 36: is 400 BadRequestException if %j is not a valid connection id',
    async (id) => {
      await start();
      expect(await errorOf(post(id))).toEqual({ name: 'BadRequestException', status: 400, statusCode: undefined });
    },
  );
});

it('row 34: DELETE answers 204 and ends the connection with the platform’s code and reason', async () => {
  await start();
  const { client, ConnectionId } = await open();
  const { $metadata } = await sdk.send(new DeleteConnectionCommand({ ConnectionId }));
  expect($metadata.httpStatusCode).toBe(204);
  await client.closed;
  expect((await gateway.disconnected).requestContext).toMatchObject({
    connectionId: ConnectionId,
    disconnectStatusCode: 1000,
    disconnectReason: 'Connection Closed Normally',
  });
});

it('row 37: GET returns when and from where the client connected, and its last activity', async () => {
  await start();
  const { client, ConnectionId } = await open();
  const connectedAt = gateway.clock.now();
  gateway.clock.advance(61_234);
  await client.ask({ type: 'ping' });
  const { $metadata, ...described } = await sdk.send(new GetConnectionCommand({ ConnectionId }));
  expect($metadata.httpStatusCode).toBe(200);
  expect(described).toEqual({
    ConnectedAt: new Date(connectedAt),
    Identity: { SourceIp: '127.0.0.1', UserAgent: 'fidelity/1' },
    LastActiveAt: new Date(connectedAt + 61_234),
  });
  expect(await (await callConnection(gateway, 'GET', ConnectionId)).json()).toEqual({
    connectedAt: new Date(connectedAt).toISOString(),
    identity: { sourceIp: '127.0.0.1', userAgent: 'fidelity/1' },
    lastActiveAt: new Date(connectedAt + 61_234).toISOString(),
  });
});

describe('429 LimitExceededException', () => {
  it('row 38: is returned while a client does not read, and no longer once it reads again', async () => {
    await start();
    const { client, ConnectionId } = await open();
    const data = JSON.stringify('x'.repeat(MAX_DATA_BYTES - 2));
    client.socket.pause();
    let delivered = 0;
    let refusal: Awaited<ReturnType<typeof errorOf>>;
    for (; refusal === undefined && delivered < 500; delivered += 1) refusal = await errorOf(post(ConnectionId, data));
    delivered -= 1; // the last post was refused
    expect(refusal).toEqual(LIMIT_EXCEEDED);
    client.socket.resume();
    for (let frames = 0; frames < delivered; frames += 1) expect(await client.next()).toBe(JSON.parse(data));
    await post(ConnectionId);
    expect(await client.next()).toEqual({ type: 'pushed' });
    expect(gateway.disconnects).toEqual([]);
  });

  it('row 43: is returned above the rate of requests, until time has passed', async () => {
    await start({ gateway: { throttling: { requests: 3 } } });
    const { client, ConnectionId } = await open();
    for (let calls = 0; calls < 3; calls += 1) await post(ConnectionId);
    expect(await errorOf(post(ConnectionId))).toEqual(LIMIT_EXCEEDED);
    gateway.clock.advance(1_000);
    await post(ConnectionId, '{"type":"later"}');
    expect(await client.nextOf('later')).toEqual({ type: 'later' });
  });
});

describe('rate limits', () => {
  it('row 43: messages count as requests; one above the rate reaches no handler, and the connection stays open', async () => {
    await start({ gateway: { throttling: { requests: 2 } } });
    const { client, ConnectionId } = await open();
    await post(ConnectionId, '{"type":"first"}');
    expect(await client.next()).toEqual({ type: 'first' });
    expect(await client.ask({ type: 'second' })).toEqual({ type: 'second' });
    expect(await client.ask({ type: 'third' })).toEqual({
      message: 'Too Many Requests',
      connectionId: ConnectionId,
      requestId: expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/),
    });
    expect(gateway.messages).toHaveLength(1);
    gateway.clock.advance(1_000);
    expect(await client.ask({ type: 'fourth' })).toEqual({ type: 'fourth' });
  });

  it('row 43: a handshake above the rate of new connections is refused with 429', async () => {
    await start({ gateway: { throttling: { connects: 2 } } });
    await Promise.all([open(), open()]);
    await expect(open()).rejects.toThrow('Unexpected server response: 429');
    expect(gateway.connects).toHaveLength(2);
    gateway.clock.advance(500);
    const { client } = await open();
    expect(await client.ask({ type: 'ping' })).toEqual({ type: 'ping' });
  });
});

describe('403 ForbiddenException', () => {
  const FORBIDDEN = { name: 'ForbiddenException', status: 403, statusCode: undefined };

  it('row 39: is returned at another stage, and identified by its name like every error', async () => {
    await start();
    const { ConnectionId } = await open();
    const elsewhere = createSdk(gateway.connectionsUrl.replace(/local$/, 'other'));
    expect(await errorOf(post(ConnectionId, 'x', elsewhere))).toEqual(FORBIDDEN);
    elsewhere.destroy();
  });

  it.each(['GET', 'POST', 'DELETE'])('is returned for an unsigned %s', async (method) => {
    await start();
    const { client, ConnectionId } = await open();
    const url = `${gateway.connectionsUrl}/@connections/${encodeURIComponent(ConnectionId)}`;
    const response = await call(method, url, method === 'POST' ? '{}' : undefined);
    expect(response).toMatchObject({ status: 403, body: { message: 'Missing Authentication Token' } });
    expect(response.headers.get('x-amzn-errortype')).toBe('ForbiddenException');
    expect(await client.ask({ type: 'ping' })).toEqual({ type: 'ping' }); // it had no effect
  });
});

describe('403 because of the caller’s credentials', () => {
  const stranger = { accessKeyId: 'test', secretAccessKey: 'test' };

  async function refusal(credentials: typeof stranger) {
    await start();
    const { client, ConnectionId } = await open();
    const other = createSdk(gateway.connectionsUrl, { ...gateway.connectionsCredentials, ...credentials });
    const error = await errorOf(post(ConnectionId, '{"type":"forged"}', other));
    other.destroy();
    expect(await client.ask({ type: 'ping' })).toEqual({ type: 'ping' }); // it had no effect
    return error;
  }

  it('is UnrecognizedClientException for a key that is not this gateway’s', async () => {
    expect(await refusal(stranger)).toEqual({
      name: 'UnrecognizedClientException',
      status: 403,
      statusCode: undefined,
    });
  });

  it('is InvalidSignatureException for its key with another secret', async () => {
    const { secretAccessKey } = stranger;
    expect(await refusal({ secretAccessKey } as typeof stranger)).toMatchObject({
      name: 'InvalidSignatureException',
      status: 403,
    });
  });

  it.each<[what: string, change: (call: { url: string; method: string; body: string }) => object]>([
    ['another body', () => ({ body: '{"type":"forged"}' })],
    ['another method', () => ({ method: 'PUT' })],
    ['another connection', ({ url }) => ({ url: url.replace(/[^/]+$/, encodeURIComponent(UNKNOWN_ID)) })],
    ['a query', ({ url }) => ({ url: `${url}?a=b` })],
  ])('is InvalidSignatureException for a signature that is of %s', async (_, change) => {
    await start();
    const { client, ConnectionId } = await open();
    const url = `${gateway.connectionsUrl}/@connections/${encodeURIComponent(ConnectionId)}`;
    const signed = { url, method: 'POST', body: '{"type":"signed"}' };
    const headers = await signedHeaders(signed.method, url, signed.body, gateway.connectionsCredentials);
    const forged = { ...signed, ...change(signed) };
    const response = await fetch(forged.url, { method: forged.method, headers, body: forged.body });
    expect([response.status, response.headers.get('x-amzn-errortype')]).toEqual([403, 'InvalidSignatureException']);
    expect(await client.ask({ type: 'ping' })).toEqual({ type: 'ping' });
  });

  it('has no header that would let a web page read it', async () => {
    await start();
    const preflight = await fetch(gateway.connectionsUrl, {
      method: 'OPTIONS',
      headers: { origin: 'https://evil.example' },
    });
    expect([...preflight.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([]);
    expect(preflight.status).toBe(403);
  });

  it('separates gateways: no two have the same credentials', async () => {
    await start();
    const { connectionsCredentials } = gateway;
    await gateway.stop(100);
    await start();
    expect(gateway.connectionsCredentials).not.toEqual(connectionsCredentials);
    expect(connectionsCredentials.secretAccessKey).toMatch(/^[0-9a-f]{64}$/);
  });
});
