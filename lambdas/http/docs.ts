/** Calls that need no data: the index, health, descriptions, the page for people, and every path that is not there. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { createHttpHandler, type HttpHandler, jsonResult, resultOfError } from '../gateway/http-handler';
import { asyncApiDocument } from '../protocol/asyncapi';
import { openApiDocument } from '../protocol/openapi';
import { Problem } from '../protocol/problems';
import { httpRoutes, type RouteKeyOf } from '../routes';
import { type Clock, isoTime, type Log } from '../runtime';
import { ASSETS } from './docs-assets';
import { CONTENT_SECURITY_POLICY, PAGE, SCRIPT, SCRIPT_NAME } from './docs-page';

export interface DocsDependencies {
  version: string;
  /** Where clients connect, such as `ws://localhost:9004`. */
  webSocketUrl(): string;
  /** Reads a file of swagger-ui-dist. */
  readAsset(name: string): Promise<Buffer>;
  clock: Clock;
  log: Log;
}

const LINKS = {
  docs: '/docs',
  openapi: '/openapi.json',
  asyncapi: '/asyncapi.json',
  health: '/health',
  status: '/status',
  clients: '/clients',
};

const PROTECTED = new Set<string>(
  httpRoutes.filter(({ access }) => access === 'api_key').map(({ routeKey }) => routeKey),
);

export function createDocs({ version, webSocketUrl, readAsset, clock, log }: DocsDependencies): HttpHandler {
  const now = () => isoTime(clock.now());
  const calls = createHttpHandler(
    {
      'GET /': async () => ({
        body: {
          name: 'Switchboard',
          version,
          message: `Clients connect to ${webSocketUrl()}; this API is described at /docs.`,
          timestamp: now(),
          links: LINKS,
        },
      }),
      'GET /health': async () => ({ body: { status: 'healthy', timestamp: now() } }),
    },
    log,
  );

  async function asset(name: string): Promise<APIGatewayProxyStructuredResultV2> {
    if (name === SCRIPT_NAME) return text('text/javascript; charset=utf-8', SCRIPT);
    const type = ASSETS.get(name);
    if (type === undefined) throw notFound();
    const body = (await readAsset(name)).toString('base64');
    return {
      statusCode: 200,
      headers: { 'content-type': type, 'cache-control': 'max-age=3600' },
      body,
      isBase64Encoded: true,
    };
  }

  const pages: Record<RouteKeyOf<'http/docs'>, HttpHandler> = {
    'GET /': calls,
    'GET /health': calls,
    'GET /openapi.json': async () => jsonResult(200, openApiDocument(version, PROTECTED)),
    'GET /asyncapi.json': async () => jsonResult(200, asyncApiDocument(version, webSocketUrl())),
    'GET /docs': async () => text('text/html; charset=utf-8', PAGE),
    'GET /docs/{asset}': async (event) => asset(event.pathParameters?.asset ?? ''),
    $default: async (event) => {
      throw missing(event);
    },
  };

  return async function docs(event) {
    try {
      return await pages[event.routeKey as RouteKeyOf<'http/docs'>](event);
    } catch (thrown) {
      return resultOfError(thrown, event.routeKey, log);
    }
  };
}

function text(type: string, body: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: 200,
    headers: { 'content-type': type, 'content-security-policy': CONTENT_SECURITY_POLICY },
    body,
  };
}

/** No route took this request: its path is unknown, or known with other methods. */
function missing({ requestContext }: APIGatewayProxyEventV2): Problem {
  const { method, path } = requestContext.http;
  const methods = httpRoutes
    .map(({ routeKey }) => routeKey.split(' '))
    .filter(([, template]) => template !== undefined && matches(template, path))
    .map(([name]) => name as string);
  if (methods.length === 0) return notFound();
  const allow = methods.join(', ');
  return new Problem('method_not_allowed', `${method} is not a method of this path; it has ${allow}.`, {
    headers: { allow },
  });
}

function matches(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')];
  if (wanted.length !== given.length) return false;
  return wanted.every((part, index) => (part.startsWith('{') ? given[index] !== '' : part === given[index]));
}

function notFound(): Problem {
  return new Problem('not_found', 'Nothing is served at this path; /docs shows every call there is.');
}
