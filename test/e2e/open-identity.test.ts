/** Even with AUTH=none, a client is named by the authorizer of $connect, and by nothing that the client says. */
import * as z from 'zod';
import type * as authorize from '../../lambdas/websocket/authorize';
import { call } from '../support/http';
import { startTestServer, type TestServer } from '../support/local-server';
import { TestClient } from '../support/test-client';

/** The client_id of each context that the authorizer returned. */
const named: string[] = [];

jest.mock('../../lambdas/websocket/authorize', () => {
  const actual = jest.requireActual<typeof authorize>('../../lambdas/websocket/authorize');
  return {
    create(dependencies: Parameters<typeof actual.create>[0]) {
      const handle = actual.create(dependencies);
      return async (event: Parameters<typeof handle>[0]) => {
        const result = await handle(event);
        named.push(String(result.context?.client_id));
        return result;
      };
    },
  };
});

describe.each([
  ['in memory', false],
  ['--wire', true],
])('a client of AUTH=none, %s', (_, wire) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await startTestServer({ AUTH: 'none' }, { wire });
  });

  beforeEach(() => {
    named.length = 0;
  });

  afterAll(() => server.stop());

  it('has the UUID from the authorizer in its greeting and in the list of clients', async () => {
    const client = await TestClient.connect(server.webSocketUrl);
    expect(() => z.uuid({ version: 'v8' }).parse(client.clientId)).not.toThrow();
    expect(named).toEqual([client.clientId]);
    const { body } = await call('GET', `${server.httpUrl}/clients`);
    expect(body.clients).toMatchObject([{ client_id: client.clientId }]);
    await client.close();
  });

  it('stays the same client with its resume token, and with no other token', async () => {
    const greet = async (query = '') => {
      const client = await TestClient.open(`${server.webSocketUrl}${query}`);
      const { data } = await client.next();
      await client.close();
      return data;
    };
    const first = await greet();
    expect(await greet(`?resume=${first.resume_token}`)).toMatchObject({
      client_id: first.client_id,
      resume_token: first.resume_token,
      epoch: first.epoch,
    });
    const wrong = await greet(`?resume=${first.resume_token.slice(1)}`);
    expect(wrong.client_id).not.toBe(first.client_id);
    expect(wrong.resume_token).toMatch(/^[\w-]{43}$/);
  });

  it('has a new id for each connection, which it cannot choose', async () => {
    const own = '6f1c1f0e-0b0a-4c55-9d0e-2f5b1c1b7a11';
    const clients = [
      await TestClient.connect(`${server.webSocketUrl}?client_id=${own}`),
      await TestClient.connect(server.webSocketUrl, { headers: { 'x-client-id': own } }),
    ];
    expect(clients.map(({ clientId }) => clientId)).toEqual(named);
    expect(new Set([...named, own]).size).toBe(3);
    await Promise.all(clients.map((client) => client.close()));
  });
});
