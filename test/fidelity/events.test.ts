/** Rows 1 to 9 of docs/fidelity.md: the three complete events, their ids, and the endpoint that they name. */
import { once } from 'node:events';
import { ApiGatewayManagementApiClient, PostToConnectionCommand } from '@aws-sdk/client-apigatewaymanagementapi';
import { handshake, OFFER } from '../support/handshake';
import { callConnection } from '../support/signed-call';
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway } from '../support/websocket-gateway';
import { expectedContext, hostOf, ID, START, TRACE_ID } from './expected-context';

let gateway: TestGateway;

beforeEach(async () => {
  gateway = await startTestGateway();
});

afterEach(() => gateway.stop(100));

/** The headers of CONNECT if a client sends nothing but the handshake. */
function expectedHeaders() {
  const { 'Sec-WebSocket-Key': key } = OFFER;
  return {
    Host: hostOf(gateway.url),
    'Sec-WebSocket-Key': key,
    'Sec-WebSocket-Version': '13',
    'X-Amzn-Trace-Id': TRACE_ID,
    'X-Forwarded-For': '127.0.0.1',
    'X-Forwarded-Port': new URL(gateway.url).port,
    'X-Forwarded-Proto': 'http',
  };
}

function inLists(values: Record<string, unknown>): Record<string, unknown[]> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [name, [value]]));
}

const USER_AGENT = 'Mozilla/5.0 (X11; Linux x86_64)';

describe('CONNECT', () => {
  it('rows 1, 2 and 3: is exactly this without a query or a user agent', async () => {
    await handshake(gateway.url);
    expect(gateway.connects).toStrictEqual([
      {
        headers: expectedHeaders(),
        multiValueHeaders: inLists(expectedHeaders()),
        requestContext: expectedContext(gateway, '$connect', 'CONNECT'),
        isBase64Encoded: false,
      },
    ]);
  });

  it('row 1: has a decoded query as two more keys; the last of repeated values counts', async () => {
    await handshake(`${gateway.url}/?token=a%20b&room=1&room=2&next=/x?y=z&empty=`);
    expect(gateway.connects).toStrictEqual([
      {
        headers: expectedHeaders(),
        multiValueHeaders: inLists(expectedHeaders()),
        queryStringParameters: { token: 'a b', room: '2', next: '/x?y=z', empty: '' },
        multiValueQueryStringParameters: { token: ['a b'], room: ['1', '2'], next: ['/x?y=z'], empty: [''] },
        requestContext: expectedContext(gateway, '$connect', 'CONNECT'),
        isBase64Encoded: false,
      },
    ]);
  });

  it.each(['', '/', '/?'])('row 1: has no query if the URL ends in %j', async (path) => {
    await handshake(gateway.url + path);
    const [event = {}] = gateway.connects;
    expect(Object.keys(event).sort()).toEqual(['headers', 'isBase64Encoded', 'multiValueHeaders', 'requestContext']);
  });

  it('row 2: keeps the case and repetitions of headers, and leaves out Connection and Upgrade', async () => {
    await handshake(gateway.url, { 'X-Tag': ['one', 'two'], 'x-lower': 'a' });
    const single = { ...expectedHeaders(), 'x-lower': 'a' };
    expect(gateway.connects[0]?.headers).toStrictEqual({ ...single, 'X-Tag': 'two' });
    expect(gateway.connects[0]?.multiValueHeaders).toStrictEqual({
      ...inLists(single),
      'X-Tag': ['one', 'two'],
    });
  });

  it.each(['constructor', '__proto__', 'toString'])('row 2: has a header named %s like any other', async (name) => {
    const headers = Object.defineProperty({}, name, { value: 'sent', enumerable: true });
    await handshake(gateway.url, headers);
    const { headers: single = {}, multiValueHeaders: lists = {} } = gateway.connects[0] ?? {};
    expect(Object.getOwnPropertyDescriptor(single, name)?.value).toBe('sent');
    expect(Object.getOwnPropertyDescriptor(lists, name)?.value).toEqual(['sent']);
  });

  it('row 5: has the address as identity, and the user agent if there is one', async () => {
    await handshake(gateway.url, { 'User-Agent': USER_AGENT });
    await handshake(gateway.url);
    expect(gateway.connects.map(({ requestContext }) => requestContext.identity)).toStrictEqual([
      { sourceIp: '127.0.0.1', userAgent: USER_AGENT },
      { sourceIp: '127.0.0.1' },
    ]);
  });
});

describe('MESSAGE', () => {
  it('rows 3, 5 and 6: is exactly this, with the time of the message next to that of the connection', async () => {
    const client = await TestClient.open(`${gateway.url}/?token=secret`, { headers: { 'User-Agent': USER_AGENT } });
    gateway.clock.advance(61_500);
    await client.ask({ type: 'hello' });
    expect(gateway.messages).toStrictEqual([
      {
        requestContext: {
          ...expectedContext(gateway, '$default', 'MESSAGE'),
          connectionId: gateway.connects[0]?.requestContext.connectionId,
          messageId: ID,
          identity: { sourceIp: '127.0.0.1', userAgent: USER_AGENT },
          requestTime: '14/Nov/2023:22:14:21 +0000',
          requestTimeEpoch: START + 61_500,
        },
        body: '{"type":"hello"}',
        isBase64Encoded: false,
      },
    ]);
  });
});

describe('DISCONNECT', () => {
  it('rows 3, 5 and 7: is exactly this', async () => {
    const client = await TestClient.open(`${gateway.url}/?token=secret`, { headers: { 'User-Agent': USER_AGENT } });
    gateway.clock.advance(3_000);
    client.socket.close(4_001, 'bye');
    const headers = { Host: hostOf(gateway.url), 'x-api-key': '', 'X-Forwarded-For': '', 'x-restapi': '' };
    expect(await gateway.disconnected).toStrictEqual({
      headers,
      multiValueHeaders: inLists(headers),
      requestContext: {
        ...expectedContext(gateway, '$disconnect', 'DISCONNECT'),
        connectionId: gateway.connects[0]?.requestContext.connectionId,
        identity: { sourceIp: '127.0.0.1', userAgent: USER_AGENT },
        requestTime: '14/Nov/2023:22:13:23 +0000',
        requestTimeEpoch: START + 3_000,
        disconnectStatusCode: 4_001,
        disconnectReason: 'bye',
      },
      isBase64Encoded: false,
    });
  });
});

describe('ids', () => {
  it('row 4: requestId equals extendedRequestId, and no two events share one', async () => {
    const client = await TestClient.open(gateway.url);
    await client.ask({ type: 'one' });
    await client.ask({ type: 'two' });
    await client.close();
    const events = [...gateway.connects, ...gateway.messages, await gateway.disconnected];
    const ids = events.map(({ requestContext }) => requestContext.requestId);
    expect(events.map(({ requestContext }) => requestContext.extendedRequestId)).toEqual(ids);
    expect(new Set(ids).size).toBe(4);
  });

  it('row 8: a connection id reaches its connection if it is percent-encoded', async () => {
    const clients = await Promise.all(Array.from({ length: 40 }, () => TestClient.open(gateway.url)));
    const ids = gateway.connects.map(({ requestContext }) => requestContext.connectionId);
    expect(ids).toEqual(ids.map(() => ID));
    expect(ids.some((id) => /[+/]/.test(id))).toBe(true); // all 40 lack both once in 10^8 runs
    const answers = await Promise.all(
      ids.map((id) => callConnection(gateway, 'POST', id, JSON.stringify({ type: 'pushed', data: id }))),
    );
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 200));
    const received = await Promise.all(clients.map((client) => client.next()));
    expect(received.map(({ data }) => data).sort()).toEqual([...ids].sort());
  });
});

it.each(['local', 'prod'])(
  'row 9: domainName and the stage %s of an event form the endpoint that the SDK posts to',
  async (stage) => {
    await gateway.stop();
    gateway = await startTestGateway({ stage });
    const client = await TestClient.open(gateway.url);
    const { domainName, stage: named, connectionId } = gateway.connects[0]?.requestContext ?? {};
    const endpoint = `http://${domainName}/${named}`;
    expect(endpoint).toBe(gateway.connectionsUrl);
    const credentials = gateway.connectionsCredentials;
    const management = new ApiGatewayManagementApiClient({ endpoint, credentials, region: 'local' });
    await management.send(new PostToConnectionCommand({ ConnectionId: connectionId, Data: '{"type":"pushed"}' }));
    expect(await client.next()).toEqual({ type: 'pushed' });
    management.destroy();
    client.socket.terminate();
    await once(client.socket, 'close');
  },
);
