/** Every kind of event that the gateway makes is checked against the schemas of captured events, and so are the schemas themselves. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { ZodType } from 'zod';
import type { AuthorizerEvent } from '../../local/gateway/authorizer';
import type { HttpAuthorizerEvent } from '../../local/gateway/http-authorizer';
import { handshake } from '../support/handshake';
import { startHttpGateway, type TestHttpGateway } from '../support/http-gateway';
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/websocket-gateway';
import {
  AuthorizerEventSchema,
  ConnectEventSchema,
  DisconnectEventSchema,
  HttpAuthorizerEventSchema,
  HttpEventSchema,
  MessageEventSchema,
} from './event-schemas';

let gateway: TestGateway;
let asked: AuthorizerEvent[];

afterEach(() => gateway?.stop(100));

/** As JSON, which is how a function receives an event. */
function problems(schema: ZodType, event: unknown): string[] {
  const { error } = schema.safeParse(JSON.parse(JSON.stringify(event)));
  return error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

async function start(options: TestGatewayOptions = {}) {
  gateway = await startTestGateway(options);
}

const authorizer: NonNullable<TestGatewayOptions['authorizer']> = {
  async handler(event) {
    asked.push(event);
    const Statement = [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: '*' }];
    return { principalId: 'user-7', policyDocument: { Statement }, context: { level: 3, admin: true } };
  },
  identitySources: [],
};

const CONNECTS: [string, string, Record<string, string | string[]>][] = [
  ['nothing more', '', {}],
  ['a query', '/?token=a%20b&flag', {}],
  ['a repeated parameter', '/?room=1&room=2', {}],
  ['a user agent', '', { 'User-Agent': 'probe/1' }],
  ['repeated headers', '', { 'X-Tag': ['one', 'two', 'three'] }],
  ['subprotocols', '', { 'Sec-WebSocket-Protocol': 'chat.v1, chat.v2' }],
  ['an origin and cookies', '', { Origin: 'https://example.com', Cookie: 'a=1; b=2' }],
];

describe('the events of a handshake match the schemas', () => {
  it.each(CONNECTS)('for CONNECT with %s', async (_, path, headers) => {
    await start();
    await handshake(gateway.url + path, headers);
    expect(gateway.connects.map((event) => problems(ConnectEventSchema, event))).toEqual([[]]);
  });

  it.each(CONNECTS)('for the authorizer and the CONNECT after it with %s', async (_, path, headers) => {
    asked = [];
    await start({ authorizer });
    await handshake(gateway.url + path, headers);
    expect(asked.map((event) => problems(AuthorizerEventSchema, event))).toEqual([[]]);
    expect(gateway.connects.map((event) => problems(ConnectEventSchema, event))).toEqual([[]]);
  });
});

describe('the events of a connection match the schemas', () => {
  it.each([
    ['without an authorizer', {}],
    ['with one', { authorizer }],
  ])('for MESSAGE with every kind of text, %s', async (_, options) => {
    asked = [];
    const joined: unknown[] = [];
    const join = async (event: unknown) => {
      joined.push(event);
      return undefined;
    };
    await start({ ...options, message: async () => undefined, routes: { join } });
    const client = await TestClient.open(gateway.url, { headers: { 'User-Agent': 'probe/1' } });
    client.sendText('{"action":"join"}');
    client.sendText('');
    client.sendText('not JSON, and no ASCII: žluťoučký 🐴');
    client.sendText(`{"type":"long","data":"${'x'.repeat(100_000)}"}`);
    client.sendText('{"type":"last"}');
    await client.close();
    await gateway.disconnected;
    expect([...joined, ...gateway.messages].map((event) => problems(MessageEventSchema, event))).toEqual([
      [],
      [],
      [],
      [],
      [],
    ]);
  });

  const ends: [string, (client: TestClient) => void][] = [
    ['the client without a code', ({ socket }) => socket.close()],
    ['the client with a code', ({ socket }) => socket.close(1001)],
    ['the client with a reason', ({ socket }) => socket.close(4_999, 'enough')],
    ['a cut', ({ socket }) => socket.terminate()],
    ['a binary frame', ({ socket }) => socket.send(Buffer.from([1]))],
    ['a frame that is too long', ({ socket }) => socket.send('x'.repeat(40_000))],
    ['@connections', () => gateway.disconnect(gateway.connects[0]?.requestContext.connectionId as string)],
    [
      'idleness',
      () => {
        gateway.clock.advance(600_000);
        gateway.sweep();
      },
    ],
    ['the server’s end', () => void gateway.stop(100)],
  ];

  it.each(ends)('for DISCONNECT after an end by %s', async (_, end) => {
    await start();
    const client = await TestClient.open(gateway.url);
    end(client);
    expect(problems(DisconnectEventSchema, await gateway.disconnected)).toEqual([]);
  });

  it.each(ends)('for DISCONNECT after an end by %s, with an authorizer and a user agent', async (_, end) => {
    asked = [];
    await start({ authorizer });
    const client = await TestClient.open(gateway.url, { headers: { 'User-Agent': 'probe/1' } });
    end(client);
    expect(problems(DisconnectEventSchema, await gateway.disconnected)).toEqual([]);
  });
});

describe('the events of an HTTP API match the schemas', () => {
  const routes = ['GET /pets/{pet_id}', 'ANY /pets', '$default'];
  let http: TestHttpGateway;
  let httpAsked: HttpAuthorizerEvent[];

  beforeEach(async () => {
    http = await startHttpGateway(routes, async () => ({ statusCode: 204 }));
  });

  afterEach(() => http.stop());

  const requests: [string, string, string, Record<string, string | string[]>, string | Buffer | undefined][] = [
    ['nothing more', 'GET', '/', {}, undefined],
    ['a query', 'GET', '/?a=1&a=2&b=%20', {}, undefined],
    ['path parameters', 'GET', '/pets/a%2Fb?x=1', {}, undefined],
    ['cookies', 'GET', '/pets', { Cookie: 'a=1; b=2' }, undefined],
    ['repeated headers and cookies', 'GET', '/pets', { 'X-Tag': ['1', '2'], Cookie: ['a=1', 'b=2'] }, undefined],
    ['a user agent', 'DELETE', '/pets', { 'User-Agent': 'probe/1' }, undefined],
    ['a JSON body', 'POST', '/pets', { 'Content-Type': 'application/json' }, '{"name":"Rex"}'],
    ['an empty body', 'POST', '/pets', { 'Content-Type': 'application/json', 'Content-Length': '0' }, undefined],
    ['a binary body', 'PUT', '/pets', { 'Content-Type': 'image/png' }, Buffer.from([0x89, 0x50, 0xff, 0x00])],
    ['a form', 'POST', '/pets', { 'Content-Type': 'application/x-www-form-urlencoded' }, 'a=1'],
    ['a chunked body', 'POST', '/pets', { 'Content-Type': 'text/plain', 'Transfer-Encoding': 'chunked' }, 'hello'],
  ];

  it.each(requests)('for payload 2.0 with %s', async (_, method, path, headers, body) => {
    expect((await http.send(method, path, { headers: headers as OutgoingHttpHeaders, body })).status).toBe(204);
    expect(http.events.map((event) => problems(HttpEventSchema, event))).toEqual([[]]);
  });

  async function startWithAuthorizer() {
    await http.stop();
    httpAsked = [];
    const handler = async (event: HttpAuthorizerEvent) => {
      httpAsked.push(event);
      return { isAuthorized: true, context: { name: 'Ann', roles: ['admin', { level: 3 }], since: null } };
    };
    const authorizer = { handler, identitySources: ['$request.header.Authorization'], routes };
    http = await startHttpGateway(routes, async () => ({ statusCode: 204 }), { authorizer });
  }

  it.each(requests)('for the authorizer and the route after it with %s', async (_, method, path, more, body) => {
    await startWithAuthorizer();
    const headers = { ...more, Authorization: 'Bearer x' } as OutgoingHttpHeaders;
    expect((await http.send(method, path, { headers, body })).status).toBe(204);
    expect(httpAsked.map((event) => problems(HttpAuthorizerEventSchema, event))).toEqual([[]]);
    expect(http.events.map((event) => problems(HttpEventSchema, event))).toEqual([[]]);
  });

  it('which refuse an extra or missing key, and each other’s events', async () => {
    await startWithAuthorizer();
    await http.send('GET', '/pets/7?a=1', { headers: { Authorization: 'Bearer x' } });
    expectStrict(HttpEventSchema, http.events[0], ['authorizer']);
    expectStrict(HttpAuthorizerEventSchema, httpAsked[0]);
    expect(problems(HttpEventSchema, httpAsked[0])).not.toEqual([]);
    expect(problems(HttpAuthorizerEventSchema, http.events[0])).not.toEqual([]);
  });
});

/** Each key at each level with known names is required, unless the schema is expected to do without it; and no other is accepted. */
function expectStrict(schema: ZodType, event: unknown, optional: string[] = []) {
  expect(problems(schema, event)).toEqual([]);
  const refuses = (change: (level: Record<string, unknown>) => void, path: string[]) => {
    const copy = JSON.parse(JSON.stringify(event));
    change(path.reduce((level, name) => level[name], copy));
    return problems(schema, copy).length > 0;
  };
  const known = ['requestContext', 'requestContext.identity', 'requestContext.http', ''];
  const levels = known.map((path) => path.split('.').filter(Boolean));
  for (const path of levels) {
    const level = path.reduce<unknown>((value, name) => (value as Record<string, unknown>)?.[name], event);
    if (!level) continue;
    const extra = refuses((found) => {
      found.surplus = null;
    }, path);
    expect({ path, extra }).toEqual({ path, extra: true });
    const spared = Object.keys(level).filter((name) => !refuses((found) => delete found[name], path));
    expect({ path, spared }).toEqual({ path, spared: spared.filter((name) => optional.includes(name)) });
  }
}

describe('the schemas', () => {
  beforeEach(async () => {
    asked = [];
    await start({ authorizer });
    const client = await TestClient.open(`${gateway.url}/?room=1`, { headers: { 'User-Agent': 'probe/1' } });
    await client.ask({ type: 'hello' });
    await client.close();
    await gateway.disconnected;
  });

  const spared = ['userAgent', 'authorizer'];

  it('refuse an extra or missing key', () => {
    expectStrict(ConnectEventSchema, gateway.connects[0], spared);
    expectStrict(MessageEventSchema, gateway.messages[0], spared);
    expectStrict(DisconnectEventSchema, gateway.disconnects[0], spared);
    expectStrict(AuthorizerEventSchema, asked[0], spared);
  });

  it('refuse each other’s events', () => {
    const schemas = [ConnectEventSchema, MessageEventSchema, DisconnectEventSchema, AuthorizerEventSchema];
    const events = [gateway.connects[0], gateway.messages[0], gateway.disconnects[0], asked[0]];
    const fits = schemas.map((schema) => events.map((event) => problems(schema, event).length === 0));
    expect(fits).toEqual(schemas.map((_, row) => events.map((__, column) => row === column)));
  });

  it('refuse what a careless gateway would add', () => {
    const [connect] = gateway.connects;
    const { headers = {}, multiValueHeaders = {}, requestContext } = connect ?? {};
    const changed = [
      { ...connect, body: '' },
      { ...connect, headers: { ...headers, Upgrade: 'websocket' } },
      { ...connect, multiValueHeaders: { ...multiValueHeaders, Host: [] } },
      { ...connect, requestContext: { ...requestContext, messageId: null } },
      { ...connect, requestContext: { ...requestContext, connectionId: '5b1c3a52-7a54-4b0e-8f3a-0d6f3f0c8f60' } },
      { ...connect, requestContext: { ...requestContext, identity: { sourceIp: '127.0.0.1', user: null } } },
      { ...connect, requestContext: { ...requestContext, requestTime: '2023-11-14T22:13:20Z' } },
      { ...connect, requestContext: { ...requestContext, authorizer: { principalId: 'a', level: 3 } } },
    ];
    expect(changed.map((event) => problems(ConnectEventSchema, event).length > 0)).toEqual(changed.map(() => true));
  });
});
