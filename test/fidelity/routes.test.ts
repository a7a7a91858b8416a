/** Rows 22 to 27 and 41 of docs/fidelity.md: which route a message takes, and what its client gets back. */
import { type Deferred, deferred } from '../support/deferred';
import { TestClient } from '../support/test-client';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../support/websocket-gateway';

let gateway: TestGateway;

afterEach(() => gateway.stop(100));

const INTEGRATION_TIMEOUT = 29_000;

/** A gateway whose routes each answer with a post of their own route key. */
async function startRoutes(routeKeys: string[], options: TestGatewayOptions = {}) {
  const handler = async ({ requestContext }: { requestContext: { routeKey: string; connectionId: string } }) => {
    gateway.post(requestContext.connectionId, JSON.stringify({ type: requestContext.routeKey }));
    return undefined;
  };
  const routes = Object.fromEntries(routeKeys.map((routeKey) => [routeKey, handler]));
  gateway = await startTestGateway({ ...options, message: handler, routes: { ...routes, ...options.routes } });
  return TestClient.open(gateway.url);
}

function connectionId(): string {
  return gateway.connects[0]?.requestContext.connectionId as string;
}

async function routeOf(client: TestClient, text: string): Promise<string> {
  client.sendText(text);
  return (await client.next()).type;
}

describe('route selection', () => {
  it.each([
    ['a text', '{"action":"join"}', 'join'],
    ['a number, as text', '{"action":7}', '7'],
    ['a boolean, as text', '{"action":true}', 'true'],
    ['text in another case', '{"action":"Join"}', '$default'],
    ['text with a space', '{"action":"join "}', '$default'],
    ['a prefix of a route key', '{"action":"joi"}', '$default'],
    ['the name of an inherited property', '{"action":"constructor"}', '$default'],
    ['a lifecycle route', '{"action":"$connect"}', '$default'],
    ['nothing at the path', '{"verb":"join"}', '$default'],
    ['an empty text', '{"action":""}', '$default'],
  ])('row 22: %s selects the exact route key, else $default', async (_, body, routeKey) => {
    const client = await startRoutes(['join', '7', 'true']);
    expect(await routeOf(client, body)).toBe(routeKey);
  });

  it('row 22: a missing path gives the empty string, also between other parts of an expression', async () => {
    const client = await startRoutes(['/list', 'user/list'], {
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the syntax of a route selection expression
      routeSelectionExpression: '${request.body.service}/${request.body.action}',
    });
    expect(await routeOf(client, '{"service":"user","action":"list"}')).toBe('user/list');
    expect(await routeOf(client, '{"action":"list"}')).toBe('/list');
    expect(await routeOf(client, '{"service":"user"}')).toBe('$default');
  });

  it('row 22: an expression may descend into objects', async () => {
    const client = await startRoutes(['join'], { routeSelectionExpression: '$request.body.meta.kind' });
    expect(await routeOf(client, '{"meta":{"kind":"join"}}')).toBe('join');
    expect(await routeOf(client, '{"meta":"kind"}')).toBe('$default');
  });

  it.each(['hello', '', '{"action":"join"', '"join"', 'null', '["join"]'])(
    'row 23: %j is not a JSON object, and goes to $default unchanged',
    async (text) => {
      const client = await startRoutes(['join']);
      expect(await routeOf(client, text)).toBe('$default');
      expect(gateway.messages.map(({ body }) => body)).toEqual([text]);
    },
  );

  it('row 24: a message without a matching route is answered Forbidden, and the connection stays open', async () => {
    const client = await startRoutes(['join'], { routes: { $default: undefined } });
    client.sendText('{"action":"leave"}');
    expect(await client.next()).toEqual({
      message: 'Forbidden',
      connectionId: connectionId(),
      requestId: expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/),
    });
    expect(await routeOf(client, '{"action":"join"}')).toBe('join');
  });
});

describe('a handler', () => {
  it('row 25: that throws gives the client Internal server error, without the error text', async () => {
    const thrown = new Error('password=hunter2');
    gateway = await startTestGateway({
      async message({ body }) {
        if (body === 'fail') throw thrown;
        return { body: '{"type":"fine"}' };
      },
    });
    const client = await TestClient.open(gateway.url);
    client.sendText('fail');
    expect(await client.next()).toEqual({
      message: 'Internal server error',
      connectionId: connectionId(),
      requestId: gateway.messages[0]?.requestContext.requestId,
    });
    expect(gateway.errors).toEqual([{ route: '$default', error: thrown }]);
    client.sendText('again');
    expect(await client.next()).toEqual({ type: 'fine' });
  });

  it('row 25: that throws on its own route is answered the same', async () => {
    gateway = await startTestGateway({
      routes: {
        async join() {
          throw new Error('no table');
        },
      },
    });
    const client = await TestClient.open(gateway.url);
    client.send({ action: 'join' });
    expect(await client.next()).toEqual({
      message: 'Internal server error',
      connectionId: connectionId(),
      requestId: expect.stringMatching(/^[A-Za-z0-9+/]{15}=$/),
    });
  });

  it('row 26: that takes 29 seconds gives the client a timeout, and its late result is dropped', async () => {
    const slow = deferred<{ body: string }>();
    const started = deferred();
    gateway = await startTestGateway({
      message({ body }) {
        if (body !== 'slow') return Promise.resolve({ body });
        started.resolve();
        return slow.promise;
      },
    });
    const client = await TestClient.open(gateway.url);
    client.sendText('slow');
    await started.promise;
    gateway.clock.advance(INTEGRATION_TIMEOUT - 1);
    expect(await client.ask({ type: 'before' })).toEqual({ type: 'before' }); // so nothing arrived up to here
    gateway.clock.advance(1);
    expect(await client.next()).toEqual({
      message: 'Endpoint request timed out',
      connectionId: connectionId(),
      requestId: gateway.messages[0]?.requestContext.requestId,
    });
    slow.resolve({ body: '{"type":"late"}' });
    expect(await client.ask({ type: 'after' })).toEqual({ type: 'after' });
  });

  it('row 27: of $default has its result body sent to the client if there is a route response', async () => {
    gateway = await startTestGateway({
      message: async ({ body }) => ({ statusCode: 200, body: `{"type":"re:${body}"}` }),
    });
    const client = await TestClient.open(gateway.url);
    client.sendText('hello');
    expect(await client.next()).toEqual({ type: 're:hello' });
  });

  it.each([
    ['there is no route response', { routeResponse: false }, 'x'],
    ['the route is another than $default', { routes: { join: async () => ({ body: '{"type":"dropped"}' }) } }, 'join'],
    ['its result has no body', { message: async () => ({ statusCode: 200 }) }, 'x'],
    ['it has no result', { message: async () => undefined }, 'x'],
  ] as [string, TestGatewayOptions, string][])('row 27: has its result dropped if %s', async (_, options, action) => {
    gateway = await startTestGateway(options);
    const client = await TestClient.open(gateway.url);
    client.send({ action });
    client.socket.ping(); // messages are handled in order, so the message has been handled when the pong arrives
    await new Promise((resolve) => client.socket.once('pong', resolve));
    gateway.post(connectionId(), '{"type":"next"}');
    expect(await client.next()).toEqual({ type: 'next' });
  });

  it('row 27: that returns something other than text does not break the connection', async () => {
    const results: unknown[] = [{ body: { type: 'object' } }, { body: 7 }, null, { body: '{"type":"text"}' }];
    gateway = await startTestGateway({ message: async () => results.shift() as never });
    const client = await TestClient.open(gateway.url);
    for (let sent = 0; sent < 4; sent += 1) client.sendText('next');
    expect(await client.next()).toEqual({ type: 'text' });
    expect(gateway.errors).toEqual([]);
  });

  it('row 41: gets the messages of one connection concurrently, and each is answered when it is done', async () => {
    const answers: Deferred<{ body: string }>[] = [];
    const all = deferred();
    gateway = await startTestGateway({
      message() {
        const answer = deferred<{ body: string }>();
        if (answers.push(answer) === 10) all.resolve();
        return answer.promise;
      },
    });
    const client = await TestClient.open(gateway.url);
    for (let index = 0; index < 10; index += 1) client.sendText(String(index));
    await all.promise; // all ten are running, and none has ended
    for (const index of [9, 0, 5]) {
      answers[index]?.resolve({ body: JSON.stringify({ type: gateway.messages[index]?.body }) });
      expect(await client.next()).toEqual({ type: String(index) });
    }
    for (const answer of answers) answer.resolve({ body: '{"type":"rest"}' });
  });
});
