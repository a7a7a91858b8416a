/** Every way to come without the right credential, over real sockets, each with its status. */
import type { OutgoingHttpHeaders } from 'node:http';
import { newKey } from '../../local/key-file';
import { forgeToken, secondsFromNow } from '../support/forge';
import { handshake, refused } from '../support/handshake';
import { call } from '../support/http';
import { send } from '../support/http-gateway';
import { createKeysFile, type KeysFile } from '../support/keys-file';
import { startTestServer, type TestServer } from '../support/local-server';

let file: KeysFile;
let server: TestServer;
/** Valid at the time of the test, each at its own port. */
let apiKey: string;
let signingKey: string;
let token: string;
/** No longer valid. */
let retiredApiKey: string;
let retiredToken: string;

beforeAll(async () => {
  file = createKeysFile();
  server = await startTestServer({ AUTH: 'token', KEYS_FILE: file.path });
  const before = file.read();
  retiredApiKey = before.api_key.current;
  retiredToken = forgeToken({ key: before.signing_key.current });
  expect(await statusOfCall({ Authorization: `Bearer ${retiredApiKey}` })).toBe(200);
  expect((await connect(retiredToken)).status).toBe(101);
  file.write({ api_key: { current: newKey() }, signing_key: { current: newKey() } });
  apiKey = file.read().api_key.current;
  signingKey = file.read().signing_key.current;
  token = forgeToken({ key: signingKey });
});

afterAll(async () => {
  await server.stop();
  file.remove();
});

async function statusOfCall(headers: OutgoingHttpHeaders, path = '/status'): Promise<number> {
  return (await send('GET', server.httpUrl + path, { headers })).status;
}

function connect(inQuery: string | undefined, headers: OutgoingHttpHeaders = {}) {
  const query = inQuery === undefined ? '' : `/?token=${encodeURIComponent(inQuery)}`;
  return handshake(server.webSocketUrl + query, headers);
}

describe('the HTTP API', () => {
  const accepted: [string, () => OutgoingHttpHeaders][] = [
    ['the key', () => ({ Authorization: `Bearer ${apiKey}` })],
    ['the scheme in lower case', () => ({ Authorization: `bearer ${apiKey}` })],
    ['the scheme in capitals', () => ({ Authorization: `BEARER ${apiKey}` })],
    ['the header in lower case', () => ({ authorization: `Bearer ${apiKey}` })],
    ['more than one space', () => ({ Authorization: `Bearer   ${apiKey}` })],
    ['spaces around, which are no part of a header', () => ({ Authorization: `  Bearer ${apiKey}  ` })],
  ];

  it.each(accepted)('accepts %s', async (_, headers) => {
    expect(await statusOfCall(headers())).toBe(200);
  });

  const missing: [string, () => OutgoingHttpHeaders, path?: () => string][] = [
    ['nothing', () => ({})],
    ['an empty header', () => ({ Authorization: '' })],
    ['a header of spaces', () => ({ Authorization: '   ' })],
    ['the key in another header', () => ({ 'X-Api-Key': apiKey })],
    ['the key in a cookie', () => ({ Cookie: `authorization=Bearer ${apiKey}` })],
    ['the key in the query', () => ({}), () => `/status?authorization=${apiKey}&api_key=${apiKey}`],
    ['a token in the query', () => ({}), () => `/status?token=${token}`],
  ];

  it.each(missing)('answers %s with 401', async (_, headers, path = () => '/status') => {
    expect(await statusOfCall(headers(), path())).toBe(401);
  });

  const wrong: [string, () => OutgoingHttpHeaders[string]][] = [
    ['another key', () => `Bearer ${newKey()}`],
    ['the key that was retired', () => `Bearer ${retiredApiKey}`],
    ['the key cut short', () => `Bearer ${apiKey.slice(0, -1)}`],
    ['the key with more after it', () => `Bearer ${apiKey}0`],
    ['the key in other letters', () => `Bearer ${apiKey.toUpperCase()}`],
    ['the key without a scheme', () => apiKey],
    ['a scheme without a key', () => 'Bearer'],
    ['the scheme Basic', () => `Basic ${apiKey}`],
    ['the scheme Basic, as browsers do it', () => `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`],
    ['a scheme of another name', () => `Token ${apiKey}`],
    ['no space after the scheme', () => `Bearer${apiKey}`],
    ['a tab after the scheme', () => `Bearer\t${apiKey}`],
    ['a space in the key', () => `Bearer ${apiKey.slice(0, 20)} ${apiKey.slice(20)}`],
    ['the key in quotes', () => `Bearer "${apiKey}"`],
    ['the header twice', () => [`Bearer ${apiKey}`, `Bearer ${apiKey}`]],
    ['the header twice, once wrong', () => [`Bearer ${newKey()}`, `Bearer ${apiKey}`]],
    ['two keys in one header', () => `Bearer ${apiKey},${newKey()}`],
    ['a client’s token', () => `Bearer ${token}`],
    ['the signing key', () => `Bearer ${signingKey}`],
    ['a token that the API key signed', () => `Bearer ${forgeToken({ key: apiKey })}`],
    ['a hash of the key', () => `Bearer ${Buffer.from(apiKey).toString('base64url')}`],
    ['words of a program', () => 'Bearer undefined'],
    ['characters beyond ASCII', () => 'Bearer clé-à-molette-ÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿÿ'],
    ['8 KB', () => `Bearer ${'x'.repeat(8_192)}`],
  ];

  it.each(wrong)('answers %s with 403', async (_, authorization) => {
    const answer = await send('GET', `${server.httpUrl}/status`, { headers: { Authorization: authorization() } });
    expect({ status: answer.status, body: answer.body }).toEqual({ status: 403, body: '{"message":"Forbidden"}' });
  });

  it('answers headers that are too large with 431, whatever they contain', async () => {
    expect(await statusOfCall({ Authorization: `Bearer ${apiKey}`, 'X-Filler': 'x'.repeat(20_000) })).toBe(431);
  });
});

describe('the WebSocket API', () => {
  const offer = (...protocols: string[]) => ({ 'Sec-WebSocket-Protocol': protocols.join(', ') });

  it('accepts a token in the query, as a subprotocol, or in both places if they are equal', async () => {
    expect((await connect(token)).status).toBe(101);
    expect(await connect(undefined, offer('switchboard', token))).toMatchObject({
      status: 101,
      headers: { 'sec-websocket-protocol': 'switchboard' },
    });
    expect((await connect(token, offer('switchboard', token))).status).toBe(101);
  });

  const missing: [string, () => [inQuery?: string, headers?: OutgoingHttpHeaders]][] = [
    ['nothing', () => []],
    ['an empty token', () => ['']],
    ['our subprotocol alone', () => [undefined, offer('switchboard')]],
    ['the token as the only subprotocol', () => [undefined, offer(token)]],
    ['the token after a subprotocol that is not ours', () => [undefined, offer('chat.v1', token)]],
    ['the token in a header', () => [undefined, { Authorization: `Bearer ${token}` }]],
    ['the API key in a header', () => [undefined, { Authorization: `Bearer ${apiKey}` }]],
    ['the token in a cookie', () => [undefined, { Cookie: `token=${token}` }]],
  ];

  it.each(missing)('answers %s with 401', async (_, parts) => {
    expect(await connect(...parts())).toStrictEqual(refused(401));
  });

  it('answers a token in a parameter of another name with 401', async () => {
    expect(await handshake(`${server.webSocketUrl}/?Token=${token}&access_token=${token}`)).toStrictEqual(refused(401));
  });

  const parts = (text = token) => text.split('.') as [string, string, string];
  const forge = (claims: object) => forgeToken({ key: signingKey, claims });
  const unsigned = (alg: string) =>
    `${parts(forgeToken({ key: '', header: { alg } }))
      .slice(0, 2)
      .join('.')}.`;

  const wrong: [string, () => string][] = [
    ['expired', () => forge({ nbf: secondsFromNow(-120), exp: secondsFromNow(-60) })],
    ['not yet valid', () => forge({ nbf: secondsFromNow(60), exp: secondsFromNow(120) })],
    ['of another key', () => forgeToken({ key: newKey() })],
    ['of the key that was retired', () => retiredToken],
    ['of the API key', () => forgeToken({ key: apiKey })],
    ['of an empty key', () => forgeToken({ key: '' })],
    ['unsigned, alg none', () => unsigned('none')],
    ['unsigned, alg None', () => unsigned('None')],
    ['signed, alg none', () => forgeToken({ key: signingKey, header: { alg: 'none' } })],
    ['of HS384', () => forgeToken({ key: signingKey, header: { alg: 'HS384' }, hash: 'sha384' })],
    ['of HS512', () => forgeToken({ key: signingKey, header: { alg: 'HS512' }, hash: 'sha512' })],
    ['of RS256, by name', () => forgeToken({ key: signingKey, header: { alg: 'RS256' } })],
    ['with no algorithm', () => forgeToken({ key: signingKey, header: { alg: undefined } })],
    ['with a key of its own', () => forgeToken({ key: 'k', header: { jwk: { kty: 'oct', k: 'aw' } } })],
    ['with an extension that nobody knows', () => forgeToken({ key: signingKey, header: { crit: ['x'], x: 1 } })],
    ['of another type', () => forgeToken({ key: signingKey, header: { typ: 'JWT' } })],
    ['of no type', () => forgeToken({ key: signingKey, header: { typ: undefined } })],
    ['for another audience', () => forge({ aud: 'switchboard:http' })],
    ['for no audience', () => forge({ aud: undefined })],
    ['for nobody', () => forge({ sub: undefined })],
    ['for a client_id that is no name', () => forge({ sub: 'a/b' })],
    ['for a client_id that is empty', () => forge({ sub: '' })],
    ['without an end', () => forge({ exp: undefined })],
    ['without a beginning', () => forge({ nbf: undefined })],
    ['with an end that is text', () => forge({ exp: '9999999999' })],
    ['that lives too long', () => forge({ exp: secondsFromNow(86_460) })],
    ['that lives for ever', () => forgeToken({ key: signingKey, payload: { exp: Number.MAX_VALUE } })],
    ['with null for claims', () => forgeToken({ key: signingKey, payload: null })],
    ['with a list for claims', () => forgeToken({ key: signingKey, payload: [] })],
    ['cut short by a byte', () => token.slice(0, -2)],
    ['without its signature', () => parts().slice(0, 2).join('.')],
    ['with an empty signature', () => `${parts().slice(0, 2).join('.')}.`],
    ['of one part', () => parts()[0]],
    ['with its parts swapped', () => [parts()[1], parts()[0], parts()[2]].join('.')],
    ['with a part more', () => `${token}.${parts()[2]}`],
    ['with the claims of another', () => [parts()[0], parts(forge({ aud: 'x' }))[1], parts()[2]].join('.')],
    ['with the signature of another', () => [parts()[0], parts()[1], parts(forge({ aud: 'x' }))[2]].join('.')],
    ['with padding', () => `${token}=`],
    ['with a space before it', () => ` ${token}`],
    ['with a line after it', () => `${token}\n`],
    ['with a scheme before it', () => `Bearer ${token}`],
    ['that is a space', () => ' '],
    ['that is the API key', () => apiKey],
    ['that is the signing key', () => signingKey],
    ['that is a client_id', () => '5b0a2f0e-3c59-4a0e-9a53-0f5f0f6f7a11'],
    ['beyond ASCII', () => 'токен-🔑-令牌'],
    ['with a zero in it', () => `${token.slice(0, 9)}\u0000${token.slice(9)}`],
    ['of 9 KB, rightly signed', () => forge({ note: 'x'.repeat(6_600) })],
  ];

  it.each(wrong)('answers a token %s with 403', async (_, make) => {
    expect(await connect(make())).toStrictEqual(refused(403));
  });

  it('answers the same token as a subprotocol with 403', async () => {
    const statuses = await Promise.all(
      wrong
        .map(([what, make]) => ({ what, given: make() }))
        .filter(({ given }) => /^[\w.=-]+$/.test(given)) // a token that a client can offer at all
        .map(async ({ what, given }) => [what, (await connect(undefined, offer('switchboard', given))).status]),
    );
    expect(statuses.length).toBeGreaterThan(35);
    expect(statuses.filter(([, status]) => status !== 403)).toEqual([]);
  });

  const twice: [string, () => [inQuery?: string, headers?: OutgoingHttpHeaders]][] = [
    ['a different one as a subprotocol', () => [token, offer('switchboard', forge({}).slice(1))]],
    ['a good one as a subprotocol, of another client', () => [token, offer('switchboard', forge({ iat: 1 }))]],
    ['another subprotocol', () => [undefined, offer('switchboard', token, 'chat.v1')]],
  ];

  it.each(twice)('answers a token with %s in addition with 403', async (_, make) => {
    expect(await connect(...make())).toStrictEqual(refused(403));
  });

  it('answers two different tokens in the query with 403', async () => {
    const url = `${server.webSocketUrl}/?token=${token}&token=${forge({ iat: 1 })}`;
    expect(await handshake(url)).toStrictEqual(refused(403));
  });

  it('answers a request line that is too large with 431, whatever it contains', async () => {
    expect((await connect('x'.repeat(20_000))).status).toBe(431);
  });

  it('has no @connections on the client port', async () => {
    const url = `${server.webSocketUrl.replace('ws:', 'http:')}/local/@connections/R1kmxc2VNjMCFIA%3D`;
    for (const key of [apiKey, token]) {
      expect((await call('POST', url, 'hello', { authorization: `Bearer ${key}` })).status).toBe(426);
    }
  });
});

describe('after all of these', () => {
  it('nobody is connected, and nobody was except those with a valid token', async () => {
    const { body } = await call('GET', `${server.httpUrl}/clients`, undefined, { authorization: `Bearer ${apiKey}` });
    expect(body).toEqual({ clients: [], total: 0 });
    expect(server.log.filter(({ event }) => event === 'connected')).toHaveLength(4);
  });

  it('the log has a reason for each refusal, using nothing of the client’s text', () => {
    const reasons = server.log.flatMap(({ event, fields }) => (event === 'connection_refused' ? [fields?.reason] : []));
    expect([...new Set(reasons)].sort()).toEqual([
      'expired',
      'invalid_claims',
      'malformed',
      'missing',
      'not_yet_valid',
      'ttl_too_long',
      'two_tokens',
      'unknown_key',
    ]);
    expect(server.log.filter(({ level }) => level === 'error')).toEqual([]);
  });
});
