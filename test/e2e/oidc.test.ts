/** Clients with tokens of a real OpenID issuer, over real sockets. */
import { handshake } from '../support/handshake';
import { call } from '../support/http';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { AUDIENCE, type OidcIssuer, startOidcIssuer } from '../support/oidc-issuer';
import { TestClient } from '../support/test-client';
import { eventually } from './suite/eventually';

let issuer: OidcIssuer;
let keysFile: KeysFile;

beforeAll(async () => {
  issuer = await startOidcIssuer();
  keysFile = createKeysFile();
});

afterAll(async () => {
  await issuer.stop();
  keysFile.remove();
});

function start(wire = false): Promise<TestServer> {
  const environment = {
    AUTH: 'token',
    KEYS_FILE: keysFile.path,
    OIDC_ISSUER: issuer.issuer,
    OIDC_AUDIENCE: AUDIENCE,
    OIDC_LABELS_CLAIM: 'labels',
    OIDC_GROUPS_CLAIM: 'groups',
  };
  return startTestServer(environment, { wire });
}

describe.each([
  ['in memory', false],
  ['on the wire', true],
])('a server %s that accepts tokens of an OpenID issuer', (_, wire) => {
  let server: TestServer;

  beforeAll(async () => {
    server = await start(wire);
  });

  afterAll(() => server.stop());

  const urlWith = (token: string) => `${server.webSocketUrl}/?token=${token}`;
  const status = async (token: string) => (await handshake(urlWith(token))).status;
  const refusals = () => server.log.filter(({ event }) => event === 'connection_refused').map(({ fields }) => fields);

  function api(line: string, body?: object) {
    const [method = '', path = ''] = line.split(' ');
    const headers = { authorization: `Bearer ${keysFile.read().api_key.current}` };
    return call(method, server.httpUrl + path, body && JSON.stringify(body), headers);
  }

  it('identifies the client by the token, with labels and groups', async () => {
    const client = await TestClient.connect(
      urlWith(await issuer.token({ claims: { labels: ['fleet', 'eu'], groups: ['team-7'] } })),
    );
    expect(client.clientId).toBe('device-1');
    const { body } = await api('GET /clients?label=eu');
    expect(body.clients).toMatchObject([{ client_id: 'device-1', labels: ['fleet', 'eu'] }]);
    expect((await api('GET /groups/team-7/clients')).body.clients).toMatchObject([{ client_id: 'device-1' }]);
    expect((await client.ask({ type: 'ping' })).type).toBe('pong');
    await client.close();
  });

  it('accepts a token as a subprotocol', async () => {
    const token = await issuer.token();
    const client = await TestClient.connect(server.webSocketUrl, { protocols: ['switchboard', token] });
    expect(client.clientId).toBe('device-1');
    await client.close();
  });

  it('accepts its own tokens as well', async () => {
    const { body } = await api('POST /tokens', { client_id: 'own-1' });
    const client = await TestClient.connect(urlWith(body.token));
    expect(client.clientId).toBe('own-1');
    await client.close();
  });

  it('refuses a token that has expired, or is for another audience, and logs why', async () => {
    server.log.length = 0;
    expect(await status(await issuer.token({ secondsOff: -3_600 }))).toBe(403);
    expect(await status(await issuer.token({ audience: 'urn:another' }))).toBe(403);
    expect(refusals()).toEqual([
      { reason: 'expired', claim: 'exp' },
      { reason: 'wrong_audience', claim: 'aud' },
    ]);
  });

  it('refuses a token with an invalid claim, and logs the claim without its value', async () => {
    server.log.length = 0;
    const labels = ['secret-value', 'with,comma'];
    expect(await status(await issuer.token({ claims: { labels } }))).toBe(403);
    expect(refusals()).toEqual([{ reason: 'invalid_claims', claim: 'labels' }]);
    expect(JSON.stringify(server.log)).not.toContain('secret-value');
  });

  it('revokes such tokens by client_id and by label, including connected clients', async () => {
    const labelled = await issuer.token({ clientId: 'device-2', claims: { labels: ['lost'] } });
    const named = await issuer.token({ clientId: 'device-1' });
    const clients = [await TestClient.connect(urlWith(labelled)), await TestClient.connect(urlWith(named))];
    expect((await api('POST /revocations', { label: 'lost' })).status).toBe(202);
    expect((await api('POST /revocations', { client_id: 'device-1' })).status).toBe(202);
    for (const client of clients) {
      expect((await client.nextOf('connection_closing')).data.reason).toBe('revoked');
      await client.closed;
    }
    for (const token of [labelled, named]) await eventually(async () => expect(await status(token)).toBe(403));
    expect(await status(await issuer.token({ clientId: 'device-2' }))).toBe(101);
  });

  it('follows a key rotation of the issuer, and refuses tokens of the withdrawn key', async () => {
    const before = await issuer.token({ clientId: 'device-2' });
    expect(await status(before)).toBe(101);
    await issuer.rotate();
    const after = await issuer.token({ clientId: 'device-2' });
    await eventually(async () => expect(await status(after)).toBe(101));
    expect(await status(before)).toBe(403);
  });
});

it('accepts tokens of cached keys while the issuer is down; without keys a handshake fails with 500, not 403', async () => {
  const [server, fresh] = [await start(), await start()];
  const status = async ({ webSocketUrl }: TestServer, token: string) =>
    (await handshake(`${webSocketUrl}/?token=${token}`)).status;
  const token = await issuer.token();
  expect(await status(server, token)).toBe(101);
  await issuer.down();
  expect(await status(server, token)).toBe(101);
  expect(await status(fresh, token)).toBe(500);
  expect(fresh.log).toContainEqual({
    level: 'warn',
    event: 'oidc_issuer_unavailable',
    fields: { issuer: issuer.issuer, reason: 'ECONNREFUSED', keys: 'none' },
  });
  await Promise.all([server.stop(), fresh.stop()]);
});
