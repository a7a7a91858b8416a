/** The caller of an HTTP call: without a readable caller, the call does not run. */
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import { type Caller, callerFromEvent, contextOfCaller, FIRST_CALLER } from '../../../lambdas/http/caller';
import { createHttpHandler } from '../../../lambdas/http/http-handler';
import { createRecordingLog } from '../../support/fakes';

const KEY = { key: 'acme', scopes: 'read,push' };

function eventOf(routeKey: string, authorizer: unknown): APIGatewayProxyEventV2 {
  return { routeKey, isBase64Encoded: false, requestContext: { authorizer } } as unknown as APIGatewayProxyEventV2;
}

function prepare(accessControl: boolean) {
  const log = createRecordingLog();
  const callers: (string | undefined)[] = [];
  const operation = async ({ caller }: { caller: Caller }) => {
    callers.push(caller.name);
    return { body: {} as never };
  };
  const operations = { 'GET /clients': operation, 'GET /health': operation };
  return { log, callers, handle: createHttpHandler(operations, { accessControl, log }) };
}

describe('with access control, a call that needs a key', () => {
  it.each<[string, unknown]>([
    ['no authorizer', undefined],
    ['an authorizer that is null', null],
    ['an authorizer that is a string', 'first'],
    ['the claims of a JWT instead', { jwt: { claims: { sub: 'acme' }, scopes: ['admin'] } }],
    ['no context', {}],
    ['a context that is null', { lambda: null }],
    ['an empty context', { lambda: {} }],
    ['no name', { lambda: { scopes: 'admin' } }],
    ['an empty name', { lambda: { ...KEY, key: '' } }],
    ['a name that is not a string', { lambda: { ...KEY, key: 1 } }],
    ['no scopes', { lambda: { key: 'acme' } }],
    ['scopes that are empty', { lambda: { ...KEY, scopes: '' } }],
    ['scopes that are a list', { lambda: { ...KEY, scopes: ['read'] } }],
    ['an unknown scope', { lambda: { ...KEY, scopes: 'read,everything' } }],
    ['labels that are empty', { lambda: { ...KEY, labels: '' } }],
    ['labels that are null', { lambda: { ...KEY, labels: null } }],
    ['labels that are a list', { lambda: { ...KEY, labels: ['acme'] } }],
    ['labels that are not encoded', { lambda: { ...KEY, labels: '%E0%A4%A' } }],
    ['a rate that is not a number', { lambda: { ...KEY, rate: 'fast' } }],
    ['a rate of zero', { lambda: { ...KEY, rate: '0' } }],
  ])('does not run with %s: it answers 500, and logs the reason', async (_, authorizer) => {
    const { handle, callers, log } = prepare(true);
    const { statusCode, body = '' } = await handle(eventOf('GET /clients', authorizer));
    expect([statusCode, JSON.parse(body).code]).toEqual([500, 'internal_error']);
    expect(callers).toEqual([]);
    expect(log.errors.map(({ event }) => event)).toEqual(['call_failed']);
  });

  it('runs with a complete context, as the key named there', async () => {
    const { handle, callers } = prepare(true);
    expect((await handle(eventOf('GET /clients', { lambda: KEY }))).statusCode).toBe(200);
    expect(callers).toEqual(['acme']);
  });
});

it('a public call, and any call without access control, needs no context', async () => {
  const [closed, open] = [prepare(true), prepare(false)];
  expect((await closed.handle(eventOf('GET /health', undefined))).statusCode).toBe(200);
  expect((await open.handle(eventOf('GET /clients', undefined))).statusCode).toBe(200);
  expect([...closed.callers, ...open.callers]).toEqual([undefined, undefined]);
});

it.each<Caller>([
  FIRST_CALLER,
  { name: 'acme', scopes: ['read', 'tokens'], labels: ['acme', 'acme:größe süd'], rate: 0.5 },
])('the caller %j survives the authorizer’s context unchanged', (caller) => {
  const context = contextOfCaller(caller);
  expect(callerFromEvent(eventOf('GET /clients', { lambda: context }), true)).toEqual(caller);
});
