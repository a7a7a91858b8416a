import { createTokenIssuer } from '../../../lambdas/access/client-tokens';
import type { KeySource } from '../../../lambdas/ports/key-source';
import { type LogFields, newUuid } from '../../../lambdas/ports/runtime';
import { type AuthorizeConnectionEvent, create } from '../../../lambdas/websocket/authorize';
import { connectionFromEvent } from '../../../lambdas/websocket/connection-event';
import { createMemoryRecords } from '../../../local/memory/memory-records';
import { createFakeClock } from '../../support/fake-clock';
import { createRecordingLog } from '../../support/fakes';
import { createTestKeys } from '../../support/keys';

const methodArn = 'arn:aws:execute-api:eu-central-1:123456789012:abc123/prod/$connect';
const clientId = newUuid();

const keys = createTestKeys({ current: 'signing-key-of-32-characters-or-more' });
const clock = createFakeClock();
const records = createMemoryRecords({ clock });

/** A token signed by this deployment; the tests write `good` for it. */
let token: string;

beforeAll(async () => {
  ({ token } = await createTokenIssuer({ keys, clock })({ clientId }, 60));
});

function withToken<Parts>(parts: Parts): Parts {
  return JSON.parse(JSON.stringify(parts ?? {}).replaceAll('good', token));
}

function prepare(signingKeys: KeySource | undefined = keys, clientOrigins = ['*']) {
  const log = createRecordingLog();
  const authorize = create({ signingKeys, oidcTokens: undefined, records, clientOrigins, clock, log });
  const handshake = (parts: Partial<AuthorizeConnectionEvent> = {}) => authorize({ methodArn, ...withToken(parts) });
  return { log, handshake };
}

const inQuery = (...token: string[]) => ({ multiValueQueryStringParameters: { token } });
const offering = (...values: string[]) => ({ multiValueHeaders: { 'Sec-WebSocket-Protocol': values } });

describe('if only some origins may connect', () => {
  const ORIGINS = ['https://app.example.com', 'https://other.example.com:8443'];
  const from = (name: string, ...values: string[]) => ({ ...inQuery('good'), multiValueHeaders: { [name]: values } });
  const effectOf = async (handshake: ReturnType<typeof prepare>['handshake'], parts: object) =>
    (await handshake(parts)).policyDocument.Statement[0]?.Effect;

  it.each([
    ['Origin', 'https://evil.example'],
    ['origin', 'https://app.example.com.evil.example'],
    ['Origin', 'http://app.example.com'],
    ['Origin', 'https://app.example.com:444'],
    ['Origin', 'null'],
    ['Origin', ''],
    ['Origin', 'https://app.example.com', 'https://evil.example'],
  ])('refuses a page with %s: %s, even with a good token, and logs the reason', async (name, ...values) => {
    const { handshake, log } = prepare(keys, ORIGINS);
    expect(await effectOf(handshake, from(name, ...values))).toBe('Deny');
    expect(log.infos).toEqual(['connection_refused']);
  });

  it.each([
    ['a page of the first', from('Origin', 'https://app.example.com')],
    ['a page of the second', from('origin', 'https://other.example.com:8443')],
    ['a program', inQuery('good')],
  ])('accepts %s', async (_, parts) => {
    expect(await effectOf(prepare(keys, ORIGINS).handshake, parts)).toBe('Allow');
  });

  it('refuses other pages without access control too', async () => {
    const log = createRecordingLog();
    const shared = { signingKeys: undefined, oidcTokens: undefined, records, clock, log };
    const handle = create({ ...shared, clientOrigins: ORIGINS });
    const effect = async (parts: object) => (await handle({ methodArn, ...parts })).policyDocument.Statement[0]?.Effect;
    expect(await effect(from('Origin', 'https://evil.example'))).toBe('Deny');
    expect(await effect(from('Origin', 'https://app.example.com'))).toBe('Allow');
    expect(await effect({})).toBe('Allow');
  });
});

describe('the WebSocket authorizer', () => {
  it.each([
    ['in the query', inQuery('good')],
    ['as a subprotocol', offering('switchboard, good')],
    ['as a subprotocol without spaces', offering('switchboard,good')],
    ['as a subprotocol in a separate header', offering('switchboard', 'good')],
    ['as a subprotocol before ours', offering('good, switchboard')],
    [
      'as a subprotocol in a lower-case header',
      { multiValueHeaders: { 'sec-websocket-protocol': ['switchboard, good'] } },
    ],
    ['in both places, if it is the same', { ...inQuery('good'), ...offering('switchboard, good') }],
    ['in the query, with only our subprotocol', { ...inQuery('good'), ...offering('switchboard') }],
    ['in the query, with other subprotocols', { ...inQuery('good'), ...offering('chat.v1, chat.v2') }],
    ['in the query twice, if it is the same', inQuery('good', 'good')],
    ['in the query, together with an empty one', inQuery('', 'good')],
  ])('allows a client with its token %s this route only, as the client named in the token', async (_, parts) => {
    const { handshake } = prepare();
    expect(await handshake(parts)).toStrictEqual({
      principalId: clientId,
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: methodArn }],
      },
      context: { client_id: clientId, issued_at: String(clock.now()) },
    });
  });

  it('passes the token’s claims on as ASCII strings', async () => {
    const identity = { clientId: 'device-7', labels: ['acme', 'Käse 50%'], groups: ['a', 'b:c'], messageRate: 2.5 };
    const { token: own } = await createTokenIssuer({ keys, clock })(identity, 60);
    const { context } = await prepare().handshake(inQuery(own));
    expect(context).toStrictEqual({
      client_id: 'device-7',
      labels: 'acme,K%C3%A4se%2050%25',
      groups: 'a,b:c',
      message_rate: '2.5',
      issued_at: String(clock.now()),
    });
    const requestContext = { connectionId: 'c-1', connectedAt: 0, authorizer: context };
    expect(connectionFromEvent({ requestContext })).toMatchObject(identity);
  });

  it.each<[string, Partial<AuthorizeConnectionEvent>]>([
    ['no query and no subprotocol', {}],
    ['nulls, as sent by some gateways', { multiValueHeaders: null, multiValueQueryStringParameters: null }],
    ['an empty token', inQuery('')],
    ['a parameter with another name', { multiValueQueryStringParameters: { Token: ['good'] } }],
    ['only our subprotocol', offering('switchboard')],
    ['an empty token after our subprotocol', offering('switchboard, ')],
    ['a token after a subprotocol that is not ours', offering('chat.v1, good')],
    ['a key in a header for the other port', { multiValueHeaders: { Authorization: ['Bearer good'] } }],
  ])('throws exactly "Unauthorized", which is a 401, with %s', async (_, parts) => {
    const { handshake, log } = prepare();
    await expect(handshake(parts)).rejects.toStrictEqual(new Error('Unauthorized'));
    expect(log.infos).toEqual(['connection_refused']);
  });

  it('counts errors thrown for a 401, so that an alarm can subtract them from the function’s errors', async () => {
    const logged: unknown[] = [];
    const log = { ...createRecordingLog(), info: (event: string, fields?: LogFields) => logged.push([event, fields]) };
    const authorize = create({ signingKeys: keys, oidcTokens: undefined, records, clientOrigins: ['*'], clock, log });
    await expect(authorize({ methodArn })).rejects.toThrow();
    await authorize({ methodArn, ...inQuery('bad') });
    expect(logged).toEqual([
      ['connection_refused', { reason: 'missing', unauthorized: 1 }],
      ['connection_refused', { reason: 'malformed' }],
    ]);
  });

  it.each([
    ['is not valid', inQuery('bad')],
    ['is a space', inQuery(' ')],
    ['comes with a different one in the query', inQuery('good', 'bad')],
    ['differs from the one in the subprotocol', { ...inQuery('good'), ...offering('switchboard, bad') }],
    ['comes with another subprotocol in addition to ours', offering('switchboard, good, chat.v1')],
  ])('denies with a policy, which is a 403, if the token %s', async (_, parts) => {
    const { handshake, log } = prepare();
    expect(await handshake(parts)).toStrictEqual({
      principalId: 'nobody',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Deny', Resource: methodArn }],
      },
    });
    expect(log.infos).toEqual(['connection_refused']);
  });

  it('rethrows the error if the keys can’t be read, and neither accepts nor refuses the client', async () => {
    const { handshake } = prepare({
      get: () => Promise.reject(new Error('no keys')),
      refresh: () => Promise.reject(new Error('no keys')),
    });
    await expect(handshake(inQuery('good'))).rejects.toThrow('no keys');
  });

  it('makes up a new client id each time if access control is off, whatever the token', async () => {
    const authorize = create({
      signingKeys: undefined,
      oidcTokens: undefined,
      records,
      clientOrigins: ['*'],
      clock,
      log: createRecordingLog(),
    });
    const [one, other] = [await authorize({ methodArn }), await authorize({ methodArn, ...inQuery('any') })];
    expect(one.context?.client_id).toMatch(/^[0-9a-f-]{36}$/);
    expect(other.context?.client_id).not.toBe(one.context?.client_id);
    expect(one.policyDocument.Statement[0]).toMatchObject({ Effect: 'Allow' });
  });
});
