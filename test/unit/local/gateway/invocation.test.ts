/** Handlers in all the forms that Lambda supports. */
import type { Handler } from '../../../../local/gateway/handler';
import type { InvocationContext } from '../../../../local/gateway/invocation-context';
import type { MessageEvent } from '../../../../local/gateway/websocket-events';
import { deferred } from '../../../support/deferred';
import { TestClient } from '../../../support/test-client';
import { startTestGateway, type TestGateway, type TestGatewayOptions } from '../../../support/websocket-gateway';

let gateway: TestGateway;

afterEach(() => gateway.stop(100));

async function open(options: TestGatewayOptions): Promise<TestClient> {
  gateway = await startTestGateway(options);
  return TestClient.open(gateway.url);
}

describe('the context of a call', () => {
  it('has its own UUID, which does not change', async () => {
    const contexts: InvocationContext[] = [];
    const client = await open({
      async message(event, context) {
        contexts.push(context);
        return { body: event.body };
      },
    });
    await client.ask({ type: 'one' });
    await client.ask({ type: 'two' });
    const ids = contexts.map(({ awsRequestId }) => awsRequestId);
    expect(ids).toEqual(Array(2).fill(expect.stringMatching(/^[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}$/)));
    expect(new Set(ids).size).toBe(2);
    expect(contexts.map(({ awsRequestId }) => awsRequestId)).toEqual(ids);
  });

  it('counts down the remaining time from 29 seconds to 0', async () => {
    const asked = deferred<InvocationContext>();
    const client = await open({
      message(_, context) {
        asked.resolve(context);
        return new Promise(() => {});
      },
    });
    client.send({ type: 'slow' });
    const context = await asked.promise;
    expect(context.getRemainingTimeInMillis()).toBe(29_000);
    gateway.clock.advance(12_345);
    expect(context.getRemainingTimeInMillis()).toBe(16_655);
    gateway.clock.jump(3_600_000);
    expect(context.getRemainingTimeInMillis()).toBe(16_655);
    gateway.clock.advance(60_000);
    expect(context.getRemainingTimeInMillis()).toBe(0);
  });

  it('is passed to $connect, the authorizer and $disconnect too', async () => {
    const ids: string[] = [];
    const note = async (_: unknown, { awsRequestId }: InvocationContext) => {
      ids.push(awsRequestId);
      return { statusCode: 200 };
    };
    const client = await open({
      connect: note,
      disconnect: note,
      authorizer: {
        identitySources: [],
        async handler(event, { awsRequestId }) {
          ids.push(awsRequestId);
          const Statement = [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: event.methodArn }];
          return { principalId: 'somebody', policyDocument: { Statement } };
        },
      },
    });
    await client.close();
    await gateway.disconnected;
    expect(new Set(ids).size).toBe(3);
  });
});

describe('a handler with a callback', () => {
  const calling = (message: Handler<MessageEvent>) => open({ routes: { $default: message } });

  it('returns the value passed to its callback', async () => {
    const client = await calling((event, _, callback) => {
      setImmediate(() => callback(null, { statusCode: 200, body: event.body }));
    });
    expect(await client.ask({ type: 'hello' })).toEqual({ type: 'hello' });
  });

  it('fails if it passes an error to its callback', async () => {
    const thrown = new Error('no table');
    const client = await calling((_event, _context, callback) => callback(thrown));
    expect(await client.ask({ type: 'hello' })).toMatchObject({ message: 'Internal server error' });
    expect(gateway.errors).toEqual([{ route: '$default', error: thrown }]);
  });

  it('fails if it throws first', async () => {
    const thrown = new Error('at once');
    const client = await calling((_event, _context, _callback) => {
      throw thrown;
    });
    expect(await client.ask({ type: 'hello' })).toMatchObject({ message: 'Internal server error' });
    expect(gateway.errors).toEqual([{ route: '$default', error: thrown }]);
  });

  it('may return a promise instead, whose value is the answer', async () => {
    const client = await calling(async (event, _context, _callback) => ({ body: event.body }));
    expect(await client.ask({ type: 'hello' })).toEqual({ type: 'hello' });
  });
});

describe('a route response', () => {
  const shout = async ({ body }: MessageEvent) => ({ body: body.toUpperCase() });

  it('can belong to any route', async () => {
    const client = await open({ routes: { join: shout }, routeResponse: ['join'] });
    client.send({ action: 'join' });
    expect(await client.next()).toEqual({ ACTION: 'JOIN' });
    client.send({ action: 'nobody’s' });
    client.send({ action: 'join', n: 1 });
    expect(await client.next()).toEqual({ ACTION: 'JOIN', N: 1 }); // $default’s result had nowhere to go
  });

  it.each(['leave', '$connect', '$disconnect'])(
    'of %s is rejected at startup, because no message reaches that route',
    async (key) => {
      gateway = await startTestGateway();
      await expect(startTestGateway({ routeResponse: [key] })).rejects.toThrow(`routeResponse names "${key}"`);
    },
  );
});
