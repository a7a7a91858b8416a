/** Clients with tokens of a real OpenID issuer, over real sockets. */
import { handshake } from '../support/handshake';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';
import { AUDIENCE, type OidcIssuer, startOidcIssuer } from '../support/oidc-issuer';
import { eventually } from './suite/eventually';
import { OIDC_CLAIMS, oidc } from './suite/oidc';

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
    ...OIDC_CLAIMS,
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

  oidc(
    () => ({ ...server, apiKey: keysFile.read().api_key.current }),
    () => issuer,
  );

  const urlWith = (token: string) => `${server.webSocketUrl}/?token=${token}`;
  const status = async (token: string) => (await handshake(urlWith(token))).status;
  const refusals = () => server.log.filter(({ event }) => event === 'connection_refused').map(({ fields }) => fields);

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
