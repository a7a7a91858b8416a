/** Rows 15 to 21 of docs/fidelity.md: a REQUEST authorizer, called on $connect and nowhere else. */
import type { AuthorizerEvent, AuthorizerResult, WebSocketAuthorizer } from '../../local/gateway/authorizer';
import { accepted, handshake, OFFER, refused } from '../support/handshake';
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway } from '../support/websocket-gateway';
import { expectedContext, hostOf, TRACE_ID } from './expected-context';

let gateway: TestGateway;
let asked: AuthorizerEvent[];

afterEach(() => gateway.stop(100));

interface StartOptions extends Partial<WebSocketAuthorizer> {
  stage?: string;
}

async function start({ handler = async (event) => allow(event), identitySources = [], stage }: StartOptions = {}) {
  asked = [];
  gateway = await startTestGateway({
    ...(stage && { stage }),
    authorizer: {
      handler(event, context, callback) {
        asked.push(event);
        return handler(event, context, callback);
      },
      identitySources,
    },
  });
}

function answer(Effect: string, Resource: string | string[], context?: AuthorizerResult['context']): AuthorizerResult {
  const Statement = [{ Action: 'execute-api:Invoke', Effect, Resource }];
  return { principalId: 'user-7', policyDocument: { Statement }, ...(context && { context }) };
}

function allow({ methodArn }: AuthorizerEvent, context?: AuthorizerResult['context']): AuthorizerResult {
  return answer('Allow', methodArn, context);
}

/** The handshake is refused with this status, $connect is not called, and no connection was started. */
async function expectRefusal(status: number, path = '', headers = {}) {
  expect(await handshake(gateway.url + path, headers)).toStrictEqual(refused(status));
  await gateway.stop(100);
  expect(gateway.connects).toEqual([]);
  expect(gateway.disconnects).toEqual([]);
}

describe('the authorizer’s event', () => {
  it('row 15: is exactly this, with Connection, Upgrade and the connection’s id', async () => {
    await start();
    await handshake(`${gateway.url}/?token=t&token=u`, { 'User-Agent': 'probe/1' });
    const headers = {
      Host: hostOf(gateway.url),
      ...OFFER,
      'User-Agent': 'probe/1',
      'X-Amzn-Trace-Id': TRACE_ID,
      'X-Forwarded-For': '127.0.0.1',
      'X-Forwarded-Port': new URL(gateway.url).port,
      'X-Forwarded-Proto': 'http',
    };
    const { connectionId } = gateway.connects[0]?.requestContext ?? {};
    expect(asked).toStrictEqual([
      {
        type: 'REQUEST',
        methodArn: 'arn:aws:execute-api:local:000000000000:local/local/$connect',
        headers,
        multiValueHeaders: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, [value]])),
        queryStringParameters: { token: 'u' },
        multiValueQueryStringParameters: { token: ['t', 'u'] },
        stageVariables: {},
        requestContext: {
          ...expectedContext(gateway, '$connect', 'CONNECT'),
          connectionId,
          identity: { sourceIp: '127.0.0.1', userAgent: 'probe/1' },
        },
      },
    ]);
  });

  it('row 15: has two empty query maps without a query', async () => {
    await start();
    await handshake(gateway.url);
    expect(asked[0]?.queryStringParameters).toStrictEqual({});
    expect(asked[0]?.multiValueQueryStringParameters).toStrictEqual({});
  });

  it.each(['prod', 'v1'])('row 15: has a methodArn that ends with the stage %s and $connect', async (stage) => {
    await start({ stage });
    await handshake(gateway.url);
    expect(asked[0]?.methodArn).toMatch(new RegExp(`^arn:aws:execute-api:[^:]+:\\d{12}:[^/]+/${stage}/\\$connect$`));
  });

  it('row 15: is not sent for messages and the end of a connection', async () => {
    await start();
    const client = await TestClient.open(gateway.url);
    await client.ask({ type: 'one' });
    await client.ask({ type: 'two' });
    await client.close();
    await gateway.disconnected;
    expect(asked.map(({ requestContext }) => requestContext.eventType)).toEqual(['CONNECT']);
  });
});

describe('identity sources', () => {
  const identitySources = ['route.request.header.Authorization', 'route.request.querystring.room'];

  it.each([
    ['nothing', '', {}],
    ['only the query', '/?room=1', {}],
    ['only the header', '', { Authorization: 'x' }],
    ['an empty header', '/?room=1', { Authorization: '' }],
    ['an empty query parameter', '/?room=', { Authorization: 'x' }],
    ['a parameter of another name', '/?Room=1', { Authorization: 'x' }],
  ])('row 16: with %s the answer is 401, and the authorizer is not called', async (_, path, headers) => {
    await start({ identitySources });
    await expectRefusal(401, path, headers);
    expect(asked).toEqual([]);
  });

  it('row 16: with all of them present, the authorizer is called', async () => {
    await start({ identitySources });
    expect(await handshake(`${gateway.url}/?room=1`, { authorization: 'x' })).toStrictEqual(accepted());
    expect(asked).toHaveLength(1);
  });

  it('row 16: without any configured, the authorizer is always called', async () => {
    await start();
    expect(await handshake(gateway.url)).toStrictEqual(accepted());
    expect(asked).toHaveLength(1);
  });

  it('row 16: an invalid identity source fails the handshake, not the server', async () => {
    await start({ identitySources: ['request.header.Authorization'] });
    expect(await handshake(gateway.url)).toStrictEqual(refused(500));
    expect(await handshake(gateway.url)).toStrictEqual(refused(500));
  });
});

describe('refusals', () => {
  it('row 17: exactly "Unauthorized" gives 401, and is not an error of the host', async () => {
    await start({ handler: () => Promise.reject(new Error('Unauthorized')) });
    await expectRefusal(401);
    expect(gateway.errors).toEqual([]);
  });

  it.each(['unauthorized', 'Unauthorized.', 'Unauthorized: no token', ''])(
    'row 17: %j is another error, and gives 500',
    async (message) => {
      await start({ handler: () => Promise.reject(new Error(message)) });
      await expectRefusal(500);
    },
  );

  const ANY = 'arn:aws:execute-api:*:*:*/*/*';

  it.each([
    ['denies the route', answer('Deny', ANY)],
    ['allows another stage', answer('Allow', 'arn:aws:execute-api:local:000000000000:local/prod/$connect')],
    ['allows another route', answer('Allow', 'arn:aws:execute-api:local:000000000000:local/local/$default')],
    ['allows nothing', { principalId: 'user-7', policyDocument: { Statement: [] } }],
    [
      'allows another action',
      {
        principalId: 'user-7',
        policyDocument: { Statement: [{ Action: 'execute-api:ManageConnections', Effect: 'Allow', Resource: ANY }] },
      },
    ],
    [
      'allows and denies',
      {
        principalId: 'user-7',
        policyDocument: {
          Statement: [
            ...answer('Allow', ANY).policyDocument.Statement,
            ...answer('Deny', ANY).policyDocument.Statement,
          ],
        },
      },
    ],
  ])('row 18: a policy that %s gives 403', async (_, result) => {
    await start({ handler: async () => result });
    await expectRefusal(403);
    expect(gateway.errors).toEqual([]);
  });

  it.each([
    ['all of everything', '*'],
    ['all of the API', 'arn:aws:execute-api:*:*:local/*'],
    ['all of the stage', 'arn:aws:execute-api:local:000000000000:local/local/*'],
    ['one of a list', ['arn:aws:execute-api:local:000000000000:other/*', ANY]],
  ])('row 18: a policy that allows %s lets the client in', async (_, resource) => {
    await start({ handler: async () => answer('Allow', resource) });
    expect(await handshake(gateway.url)).toStrictEqual(accepted());
  });

  it('row 19: an error gives 500, is reported to the host, and is hidden from the client', async () => {
    const error = new Error('the keys are gone');
    await start({ handler: () => Promise.reject(error) });
    await expectRefusal(500);
    expect(gateway.errors).toEqual([{ route: 'authorizer', error }]);
  });

  it.each([
    ['nothing', undefined],
    ['a string', 'Allow'],
    ['no policy', { principalId: 'user-7' }],
    ['no statements', { principalId: 'user-7', policyDocument: {} }],
    ['no principalId', { policyDocument: answer('Allow', '*').policyDocument }],
    ['an empty principalId', { ...answer('Allow', '*'), principalId: '' }],
    ['an object in its context', { ...answer('Allow', '*'), context: { user: { id: 7 } } }],
    ['a list in its context', { ...answer('Allow', '*'), context: { roles: ['admin'] } }],
  ])('row 19: an answer with %s gives 500', async (_, result) => {
    await start({ handler: async () => result as AuthorizerResult });
    await expectRefusal(500);
    expect(gateway.errors).toEqual([{ route: 'authorizer', error: expect.any(Error) }]);
  });
});

describe('the authorizer’s context', () => {
  it('row 20: arrives as strings, with principalId, on CONNECT, each MESSAGE and DISCONNECT', async () => {
    await start({ handler: async (event) => allow(event, { clientId: 'c-1', level: 3, admin: true, note: '' }) });
    const client = await TestClient.open(gateway.url);
    await client.ask({ type: 'one' });
    await client.ask({ type: 'two' });
    await client.close();
    const events = [...gateway.connects, ...gateway.messages, await gateway.disconnected];
    const authorizer = { clientId: 'c-1', level: '3', admin: 'true', note: '', principalId: 'user-7' };
    expect(events.map(({ requestContext }) => [requestContext.eventType, requestContext.authorizer])).toStrictEqual([
      ['CONNECT', authorizer],
      ['MESSAGE', authorizer],
      ['MESSAGE', authorizer],
      ['DISCONNECT', authorizer],
    ]);
    expect(asked[0]?.requestContext).not.toHaveProperty('authorizer');
  });

  it('row 20: cannot override principalId, which is there even without a context', async () => {
    await start({
      handler: async (event) => allow(event, event.headers.First ? { principalId: 'somebody else' } : undefined),
    });
    await handshake(gateway.url);
    await handshake(gateway.url, { First: 'no' });
    expect(gateway.connects.map(({ requestContext }) => requestContext.authorizer)).toStrictEqual([
      { principalId: 'user-7' },
      { principalId: 'user-7' },
    ]);
  });

  it('row 20: is separate for each connection', async () => {
    await start({ handler: async (event) => allow(event, { name: event.headers.Name ?? '' }) });
    const ann = await TestClient.open(gateway.url, { headers: { Name: 'Ann' } });
    const bob = await TestClient.open(gateway.url, { headers: { Name: 'Bob' } });
    await bob.ask({ type: 'hello' });
    await ann.ask({ type: 'hello' });
    expect(gateway.messages.map(({ requestContext }) => requestContext.authorizer?.name)).toEqual(['Bob', 'Ann']);
  });

  it('row 20: is missing from all events without an authorizer', async () => {
    gateway = await startTestGateway();
    const client = await TestClient.open(gateway.url);
    await client.ask({ type: 'one' });
    await client.close();
    for (const event of [...gateway.connects, ...gateway.messages, await gateway.disconnected])
      expect(event.requestContext).not.toHaveProperty('authorizer');
  });

  it('row 21: comes from a call on every $connect, because earlier results are not cached', async () => {
    const effects = ['Allow', 'Deny', 'Allow'];
    await start({
      handler: async ({ methodArn }) => answer(effects.shift() as string, methodArn),
      identitySources: ['route.request.header.Authorization'],
    });
    const credential = { Authorization: 'the same' };
    expect(await handshake(gateway.url, credential)).toStrictEqual(accepted());
    expect(await handshake(gateway.url, credential)).toStrictEqual(refused(403));
    expect(await handshake(gateway.url, credential)).toStrictEqual(accepted());
    expect(asked).toHaveLength(3);
  });
});
