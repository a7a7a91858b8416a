import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { createTokenVerifier } from '../../../lambdas/access/client-tokens';
import { create } from '../../../lambdas/http/tokens';
import { newUuid } from '../../../lambdas/ports/runtime';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingLog, createTestAnswers, createTestClients, createTestHistory } from '../../support/fakes';
import { createTestKeys } from '../../support/keys';

const clientId = newUuid();

function prepare(webSocketUrl = 'wss://example.com/prod') {
  const signing = {
    keys: createTestKeys({ current: 'signing-key-of-32-characters-or-more' }),
    clock: createFakeClock(),
  };
  const log = createRecordingLog();
  const answers = createTestAnswers();
  const stores = { clients: createTestClients(), history: createTestHistory() };
  const options = {
    ...stores,
    clientRate: 200,
    accessControl: false,
    webSocketUrl: () => webSocketUrl,
    answers,
    clock: signing.clock,
    newId: newUuid,
    log,
  };
  const tokens = create({ ...options, signingKeys: signing.keys });
  const closed = create({ ...options, signingKeys: undefined });
  async function ask(body: unknown, of = tokens) {
    const event = { routeKey: 'POST /tokens', body: JSON.stringify(body), isBase64Encoded: false };
    const { statusCode, body: text = '' } = await of(event as APIGatewayProxyEventV2);
    return { statusCode, body: JSON.parse(text) };
  }
  return {
    clock: signing.clock,
    verify: createTokenVerifier(signing),
    ask,
    askWithoutAccess: (body: unknown) => ask(body, closed),
  };
}

describe('POST /tokens', () => {
  it('answers with a token for the named client and the requested time', async () => {
    const { clock, ask, verify } = prepare();
    const { statusCode, body } = await ask({ client_id: clientId, ttl_seconds: 60 });
    expect(statusCode).toBe(200);
    expect(body).toStrictEqual({
      token: expect.any(String),
      client_id: clientId,
      expires_at: new Date(clock.now() + 60_000).toISOString(),
      ttl_seconds: 60,
      websocket_url: `wss://example.com/prod?token=${body.token}`,
    });
    expect(await verify(body.token)).toMatchObject({ clientId });
  });

  it('makes up a new client_id each time if none is given', async () => {
    const { ask, verify } = prepare();
    const [one, other] = [await ask({}), await ask({})];
    expect(one.body.client_id).not.toBe(other.body.client_id);
    expect(one.body.ttl_seconds).toBe(900);
    expect(await verify(one.body.token)).toMatchObject({ clientId: one.body.client_id });
  });

  it('treats null like a missing field', async () => {
    const { ask, verify } = prepare();
    const { statusCode, body } = await ask({ client_id: null, ttl_seconds: null });
    expect(statusCode).toBe(200);
    expect(body.ttl_seconds).toBe(900);
    expect(await verify(body.token)).toMatchObject({ clientId: body.client_id });
  });

  it('writes a client_id that is a UUID in lower case, because UUIDs in any case name the same client', async () => {
    const { ask, verify } = prepare();
    const { body } = await ask({ client_id: clientId.toUpperCase() });
    expect(body.client_id).toBe(clientId);
    expect(await verify(body.token)).toMatchObject({ clientId });
  });

  it('signs labels, groups and a rate, without duplicates, and returns them', async () => {
    const { ask, verify } = prepare();
    const { statusCode, body } = await ask({
      client_id: 'Device-7',
      labels: ['acme', 'eu', 'acme'],
      groups: ['team-7', 'team-7'],
      message_rate: 20,
    });
    expect(statusCode).toBe(200);
    expect(body).toMatchObject({
      client_id: 'Device-7',
      labels: ['acme', 'eu'],
      groups: ['team-7'],
      message_rate: 20,
    });
    expect(await verify(body.token)).toMatchObject({
      clientId: 'Device-7',
      labels: ['acme', 'eu'],
      groups: ['team-7'],
      messageRate: 20,
    });
  });

  it('appends the token to a query that the URL already has', async () => {
    const { ask } = prepare('ws://localhost:9004/?region=eu');
    const { body } = await ask({});
    expect(body.websocket_url).toBe(`ws://localhost:9004/?region=eu&token=${body.token}`);
  });

  it.each([
    [{ client_id: 'some body' }, 'client_id'],
    [{ client_id: '..' }, 'client_id'],
    [{ client_id: 'a'.repeat(129) }, 'client_id'],
    [{ client_id: 'a#b' }, 'client_id'],
    [{ labels: 'acme' }, 'labels'],
    [{ labels: [''] }, 'labels.0'],
    [{ labels: ['a,b'] }, 'labels.0'],
    [{ labels: ['x'.repeat(65)] }, 'labels.0'],
    [{ labels: Array(9).fill('x') }, 'labels'],
    [{ groups: ['team 7'] }, 'groups.0'],
    [{ groups: Array(21).fill('x') }, 'groups'],
    [{ message_rate: 0 }, 'message_rate'],
    [{ message_rate: '20' }, 'message_rate'],
    [{ client_id: '' }, 'client_id'],
    [{ client_id: 7 }, 'client_id'],
    [{ ttl_seconds: 9 }, 'ttl_seconds'],
    [{ ttl_seconds: 86_401 }, 'ttl_seconds'],
    [{ ttl_seconds: 60.5 }, 'ttl_seconds'],
    [{ ttl_seconds: '60' }, 'ttl_seconds'],
    [{ ttl_seconds: -60 }, 'ttl_seconds'],
  ])('refuses %j with 422 that names %s', async (body, field) => {
    const { ask } = prepare();
    const answer = await ask(body);
    expect(answer.statusCode).toBe(422);
    expect(answer.body.errors.map(({ path }: { path: string }) => path)).toEqual([field]);
  });

  it.each([10, 86_400])('accepts a lifetime at the limit: %d seconds', async (ttl_seconds) => {
    expect((await prepare().ask({ ttl_seconds })).body.ttl_seconds).toBe(ttl_seconds);
  });

  it('says that access control is off if it is', async () => {
    const { statusCode, body } = await prepare().askWithoutAccess({});
    expect([statusCode, body.code]).toEqual([409, 'access_control_off']);
    expect(body.detail).toContain('AUTH=token');
  });
});
