/** Tokens of an OpenID issuer whose keys the test owns, so that it can forge every kind of invalid token. */
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { exportJWK, exportSPKI, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose';
import { createOidcVerifier } from '../../../lambdas/access/oidc-tokens';
import type { OidcVerifier } from '../../../lambdas/ports/client-identity';
import { createFakeClock, type FakeClock } from '../../support/fake-clock';

type KeyPair = Awaited<ReturnType<typeof generateKeyPair>>;

const CLAIMS = { labelsClaim: 'labels', groupsClaim: 'realm.groups', messageRateClaim: 'https://example.com/rate' };

let server: Server;
let issuer: string;
let current: KeyPair;
let other: KeyPair;
/** The issuer's responses by path: a JSON value, or a handler. */
let pages: Record<string, unknown>;
let asked: string[];
let clock: FakeClock;
let logged: [event: string, fields: object | undefined][];
let verify: OidcVerifier;

beforeAll(async () => {
  [current, other] = await Promise.all([generateKeyPair('ES256'), generateKeyPair('ES256')]);
  server = createServer(({ url = '' }, response) => {
    asked.push(url);
    const page = pages[url];
    if (typeof page === 'function') return page(response);
    response.writeHead(pages[url] === undefined ? 503 : 200).end(JSON.stringify(pages[url]));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(() => {
  server.closeAllConnections();
  server.close();
});

beforeEach(async () => {
  pages = { '/.well-known/openid-configuration': { issuer, jwks_uri: `${issuer}/jwks` } };
  await publish(current, 'one');
  asked = [];
  clock = createFakeClock();
  logged = [];
  verify = createVerifier();
});

function createVerifier(): OidcVerifier {
  const line = (event: string, fields?: object) => logged.push([event, fields]);
  const log = { debug: line, info: line, warn: line, error: (event: string) => line(event) };
  const settings = { issuer, audiences: ['gateway', 'other'], clientIdClaim: 'sub', ...CLAIMS };
  return createOidcVerifier({ settings, clock, log });
}

/** From now on the issuer publishes only this key. */
async function publish({ publicKey }: KeyPair, kid: string): Promise<void> {
  pages['/jwks'] = { keys: [{ ...(await exportJWK(publicKey)), kid, alg: 'ES256', use: 'sig' }] };
}

/** A valid token with the given claims changed; an undefined claim is left out. */
function sign(
  claims: object = {},
  header: Partial<JWTHeaderParameters> = {},
  key: KeyPair['privateKey'] | Uint8Array = current.privateKey,
) {
  const now = Math.floor(clock.now() / 1_000);
  return new SignJWT({ iss: issuer, aud: 'gateway', sub: 'device-1', iat: now, exp: now + 300, ...claims })
    .setProtectedHeader({ alg: 'ES256', kid: 'one', ...header })
    .sign(key);
}

const seconds = (from: number) => Math.floor(clock.now() / 1_000) + from;

describe('a token of the issuer', () => {
  it('identifies the client, with the data of the configured claims', async () => {
    const claims = { labels: ['acme', 'eu'], realm: { groups: ['team-7'] }, 'https://example.com/rate': 0.5 };
    expect(await verify(await sign(claims))).toEqual({
      clientId: 'device-1',
      labels: ['acme', 'eu'],
      groups: ['team-7'],
      messageRate: 0.5,
      issuedAt: (seconds(0) - 10) * 1_000,
    });
  });

  it('only needs the claim with the client_id, and treats null as absent', async () => {
    const bare = { clientId: 'device-1', issuedAt: expect.any(Number) };
    expect(await verify(await sign())).toEqual(bare);
    expect(await verify(await sign({ labels: null, realm: { groups: null } }))).toEqual(bare);
  });

  it('may have a single label as a string, and loses duplicate labels', async () => {
    expect(await verify(await sign({ labels: 'acme' }))).toMatchObject({ labels: ['acme'] });
    expect(await verify(await sign({ labels: ['acme', 'acme'] }))).toMatchObject({ labels: ['acme'] });
  });

  it('is accepted from 10 seconds before nbf until 10 seconds after exp', async () => {
    const token = await sign({ nbf: seconds(0), exp: seconds(60) });
    clock.advance(-10_000);
    expect(await verify(token)).toMatchObject({ clientId: 'device-1' });
    clock.advance(-1_000);
    expect(await verify(token)).toEqual({ refusal: 'not_yet_valid', claim: 'nbf' });
    clock.advance(80_000);
    expect(await verify(token)).toMatchObject({ clientId: 'device-1' });
    clock.advance(2_000);
    expect(await verify(token)).toEqual({ refusal: 'expired', claim: 'exp' });
  });

  it('is refused when it is older than a day, because its revocation may no longer be remembered', async () => {
    const token = await sign({ exp: seconds(1_000_000) });
    clock.advance(86_400_000);
    expect(await verify(token)).toMatchObject({ clientId: 'device-1' });
    clock.advance(1_000);
    expect(await verify(token)).toEqual({ refusal: 'expired', claim: 'iat' });
  });

  it.each([
    ['a client_id with a space', { sub: 'some body' }, 'sub'],
    ['a client_id with a bar', { sub: 'auth0|7' }, 'sub'],
    ['a client_id of 129 characters', { sub: 'a'.repeat(129) }, 'sub'],
    ['a client_id that is a number', { sub: 7 }, 'sub'],
    ['no client_id', { sub: undefined }, 'sub'],
    ['9 labels', { labels: Array.from('abcdefghi') }, 'labels'],
    ['a label of 65 characters', { labels: ['a'.repeat(65)] }, 'labels'],
    ['a label with a comma', { labels: ['acme,bolt'] }, 'labels'],
    ['labels in an object', { labels: { acme: true } }, 'labels'],
    ['21 groups', { realm: { groups: Array.from({ length: 21 }, (_, index) => `g${index}`) } }, 'realm.groups'],
    ['a group with a space', { realm: { groups: ['team 7'] } }, 'realm.groups'],
    ['a rate of 0', { 'https://example.com/rate': 0 }, 'https://example.com/rate'],
    ['a rate above the maximum', { 'https://example.com/rate': 10_001 }, 'https://example.com/rate'],
    ['a rate that is a string', { 'https://example.com/rate': '5' }, 'https://example.com/rate'],
    ['no exp', { exp: undefined }, 'exp'],
    ['no iat', { iat: undefined }, 'iat'],
  ])('is refused with %s, and the refusal names the claim', async (_, claims, claim) => {
    expect(await verify(await sign(claims))).toEqual({ refusal: 'invalid_claims', claim });
  });
});

describe('a token that is not for this server, or not from the issuer', () => {
  it.each([
    ['of another issuer', { iss: 'https://evil.example' }, 'wrong_issuer'],
    ['of no issuer', { iss: undefined }, 'wrong_issuer'],
    ['for another audience', { aud: 'shop' }, 'wrong_audience'],
    ['for no audience', { aud: undefined }, 'wrong_audience'],
    ['from the future', { iat: 4_102_444_800 }, 'not_yet_valid'],
  ])('is refused: %s', async (_, claims, refusal) => {
    expect(await verify(await sign(claims))).toMatchObject({ refusal });
  });

  it('is accepted if one of its audiences is configured', async () => {
    expect(await verify(await sign({ aud: ['shop', 'other'] }))).toMatchObject({ clientId: 'device-1' });
  });

  it('is refused if it is signed with another key, under a known or an unknown kid', async () => {
    expect(await verify(await sign({}, {}, other.privateKey))).toEqual({ refusal: 'unknown_key' });
    expect(await verify(await sign({}, { kid: 'two' }, other.privateKey))).toEqual({ refusal: 'unknown_key' });
  });

  it('is refused if it is signed with the public key as a shared secret', async () => {
    const secrets = [await exportSPKI(current.publicKey), JSON.stringify(await exportJWK(current.publicKey))];
    for (const alg of ['HS256', 'HS384', 'HS512']) {
      for (const secret of secrets) {
        const token = await sign({}, { alg }, Buffer.from(secret));
        expect(await verify(token)).toEqual({ refusal: 'algorithm_not_allowed' });
      }
    }
  });

  it('is refused with alg none, whatever its signature', async () => {
    const [, payload, signature] = (await sign()).split('.');
    const header = Buffer.from('{"alg":"none","kid":"one"}').toString('base64url');
    expect(await verify(`${header}.${payload}.${signature}`)).toEqual({ refusal: 'algorithm_not_allowed' });
    expect(await verify(`${header}.${payload}.`)).toBeUndefined(); // is not a token at all, for this server's own verifier too
  });

  it('is left to this server’s own verifier if it has that verifier’s type', async () => {
    expect(await verify(await sign({}, { typ: 'switchboard+jwt' }))).toBeUndefined();
    expect(asked).toEqual([]);
  });

  it('is left to this server’s own verifier if it is not a token', async () => {
    for (const text of ['', 'a.b.c', 'text', `${await sign()}=`, 'e30.e30.e30'.repeat(1_000)]) {
      expect([undefined, { refusal: 'malformed' }]).toContainEqual(await verify(text));
    }
  });
});

describe('the keys of the issuer', () => {
  it('are read once for many tokens', async () => {
    const token = await sign();
    await Promise.all(Array.from({ length: 20 }, () => verify(token)));
    await verify(token);
    expect(asked).toEqual(['/.well-known/openid-configuration', '/jwks']);
  });

  it('are read again for a token with a new key; a withdrawn key is no longer accepted', async () => {
    const before = await sign();
    await verify(before);
    await publish(other, 'two');
    clock.advance(5_000);
    expect(await verify(await sign({}, { kid: 'two' }, other.privateKey))).toMatchObject({ clientId: 'device-1' });
    expect(await verify(before)).toEqual({ refusal: 'unknown_key' });
  });

  it('are read again at most every 5 seconds, however many forged tokens arrive', async () => {
    for (let stranger = 0; stranger < 50; stranger++) {
      await verify(await sign({}, { kid: `invented-${stranger}` }, other.privateKey));
      clock.advance(200);
    }
    expect(asked.filter((path) => path === '/jwks')).toHaveLength(2);
  });

  it('stay valid for a day while the issuer is down, and each attempt is logged', async () => {
    await verify(await sign());
    pages = {};
    clock.advance(600_000);
    expect(await verify(await sign())).toMatchObject({ clientId: 'device-1' });
    expect(logged).toEqual([['oidc_issuer_unavailable', { issuer, reason: 'status 503', keys: 'kept' }]]);
    clock.advance(85_000_000);
    expect(await verify(await sign())).toMatchObject({ clientId: 'device-1' });
    clock.advance(1_000_000);
    await expect(verify(await sign())).rejects.toThrow(`the OpenID issuer ${issuer} is not available`);
  });

  it('are read again when the issuer is back, which is logged', async () => {
    const known = pages;
    pages = {};
    await expect(verify(await sign())).rejects.toThrow('none of its keys are known');
    pages = known;
    await expect(verify(await sign())).rejects.toThrow(); // too soon after the last attempt
    expect(asked).toHaveLength(1);
    clock.advance(5_000);
    expect(await verify(await sign())).toMatchObject({ clientId: 'device-1' });
    expect(logged.map(([event]) => event)).toEqual(['oidc_issuer_unavailable', 'oidc_issuer_available']);
  });

  it('refuse tokens of a key that cannot verify, while the other keys stay valid', async () => {
    const good = { ...(await exportJWK(current.publicKey)), kid: 'one' };
    const rsa = { kty: 'RSA', e: 'AQAB', n: Buffer.alloc(128, 255).toString('base64url') };
    const shared = { kty: 'oct', k: good.x };
    const { privateKey } = await generateKeyPair('ES256', { extractable: true });
    const odd = { private: await exportJWK(privateKey), wrong: { ...good, x: 5 }, cut: { ...good, x: 'AAAA' } };
    const keys = Object.entries({ ...odd, rsa, shared }).map(([kid, key]) => ({ ...key, kid }));
    pages['/jwks'] = { keys: [good, ...keys] };
    expect(await verify(await sign())).toMatchObject({ clientId: 'device-1' });
    for (const kid of Object.keys(odd)) {
      expect(await verify(await sign({}, { kid }, other.privateKey))).toEqual({ refusal: 'unusable_key' });
    }
    const pair = await generateKeyPair('RS256');
    const ofRsa = await sign({}, { alg: 'RS256', kid: 'rsa' }, pair.privateKey);
    expect(await verify(ofRsa)).toEqual({ refusal: 'unusable_key' });
    expect(await verify(await sign({}, { kid: 'shared' }, other.privateKey))).toEqual({ refusal: 'unknown_key' });
  });

  it('are not read from a response that never ends', async () => {
    const chunk = Buffer.alloc(65_536, ' ');
    const isCutOff = new Promise<void>((resolve) => {
      pages['/jwks'] = (response: ServerResponse) => {
        const more = () => void response.write(chunk, (error) => !error && more());
        response.on('close', resolve);
        more();
      };
    });
    await expect(verify(await sign())).rejects.toThrow('is not available');
    await isCutOff;
    const reason = 'an answer of more than 1048576 bytes';
    expect(logged).toEqual([['oidc_issuer_unavailable', { issuer, reason, keys: 'none' }]]);
  });

  it.each([
    ['discovery names another issuer', { issuer: 'https://evil.example', jwks_uri: 'https://evil.example/jwks' }],
    ['discovery has keys over plain HTTP', { jwks_uri: 'http://keys.example/jwks' }],
    ['discovery has no keys', {}],
  ])('are not read if %s', async (_, metadata) => {
    pages['/.well-known/openid-configuration'] = { issuer, ...metadata };
    await expect(verify(await sign())).rejects.toThrow('is not available');
    expect(asked).toEqual(['/.well-known/openid-configuration']);
  });
});
