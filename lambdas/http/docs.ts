/** Calls that need no data: the index, health, API descriptions, web pages, and every unknown path. */
import type { APIGatewayProxyEventV2, APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Dependencies } from '../ports/dependencies';
import { isoTime } from '../ports/runtime';
import { asyncApiDocument } from '../protocol/asyncapi';
import { clientMessages } from '../protocol/client-messages';
import { openApiDocument } from '../protocol/openapi';
import { Problem } from '../protocol/problems';
import { httpRoutes, type RouteKeyOf } from '../routes';
import { createCompress } from './compressed';
import {
  createHttpHandler,
  type HttpHandler,
  isHandshake,
  jsonResult,
  resultOfError,
  servedKeyOf,
} from './http-handler';
import { createPages, KEPT } from './pages';
import { methodsOf, notFound, redirect, relativePath, usualPath } from './paths';
import { upgradeRequired } from './problems';

export type DocsDependencies = Pick<
  Dependencies,
  'app' | 'version' | 'accessControl' | 'webSocketUrl' | 'httpUrl' | 'readAsset' | 'clock' | 'log'
>;

const LINKS = {
  docs: '/docs',
  console: '/console',
  openapi: '/openapi.json',
  asyncapi: '/asyncapi.json',
  health: '/health',
  status: '/status',
  clients: '/clients',
};

const PROTECTED = new Set<string>(
  httpRoutes.filter(({ access }) => access === 'api_key').map(({ routeKey }) => routeKey),
);

export function create(dependencies: DocsDependencies): HttpHandler {
  const { app, version, accessControl, webSocketUrl, httpUrl, clock, log } = dependencies;
  const ownMessages = Object.entries(app.messageTypes).map(([type, { schema }]) => [type, schema]);
  const messages = { ...clientMessages, ...Object.fromEntries(ownMessages) };
  const compress = createCompress();
  const { docs, docsAsset, console, consoleAsset } = createPages(dependencies);
  const now = () => isoTime(clock.now());
  const calls = createHttpHandler(
    {
      'GET /': async (_request, call) => ({
        body: {
          name: 'Switchboard',
          version,
          message: `Clients connect to ${webSocketUrl(call)}; the HTTP API is described at ${httpUrl(call)}/docs.`,
          timestamp: now(),
          links: LINKS,
        },
      }),
      'GET /health': async () => ({ body: { status: 'healthy', timestamp: now() } }),
    },
    { accessControl, log },
  );

  const pages: Record<RouteKeyOf<'http/docs'>, HttpHandler> = {
    'GET /': calls,
    'GET /health': calls,
    'GET /openapi.json': async (call) => {
      const protectedCalls = accessControl ? PROTECTED : new Set<string>();
      return jsonResult(200, openApiDocument({ version, serverUrl: httpUrl(call), protectedCalls, messages }));
    },
    'GET /asyncapi.json': async (call) =>
      jsonResult(200, asyncApiDocument({ version, webSocketUrl: webSocketUrl(call), accessControl, messages })),
    'GET /docs': docs,
    'GET /docs/{asset}': docsAsset,
    'GET /console': console,
    'GET /console/{asset}': consoleAsset,
    'OPTIONS /': async ({ rawPath }) => allowed(rawPath),
    'OPTIONS /{proxy+}': async ({ rawPath }) => allowed(rawPath),
    $default: async (event) => missing(event),
  };

  return async function answer(event) {
    try {
      if (isHandshake(event)) throw upgradeRequired(webSocketUrl(event));
      const result = await pages[servedKeyOf(event.routeKey) as RouteKeyOf<'http/docs'>](event);
      return compress(isDescription(event.routeKey) ? kept(result) : result, event.headers?.['accept-encoding']);
    } catch (thrown) {
      return resultOfError(thrown, event.routeKey, log);
    }
  };
}

/** Descriptions change only with a deployment and with the address of the request. */
function isDescription(routeKey: string): boolean {
  return /^(GET|HEAD) \/(openapi|asyncapi)\.json$/.test(routeKey);
}

function kept(result: APIGatewayProxyStructuredResultV2): APIGatewayProxyStructuredResultV2 {
  return { ...result, headers: { ...result.headers, ...KEPT, 'cache-control': 'public, max-age=300' } };
}

/** Answers OPTIONS. For a preflight, the platform adds the CORS headers, so unknown paths are not an error here. */
function allowed(path: string): APIGatewayProxyStructuredResultV2 {
  const methods = methodsOf(usualPath(path));
  return { statusCode: 204, headers: { allow: methods.length === 0 ? 'OPTIONS' : methods.join(', ') } };
}

/**
 * No route matched: the path is unknown, has other methods, or is another spelling of a known path.
 * @throws Problem
 */
function missing({
  rawPath,
  rawQueryString,
  requestContext,
}: APIGatewayProxyEventV2): APIGatewayProxyStructuredResultV2 {
  const { method } = requestContext.http;
  const path = usualPath(rawPath);
  const methods = methodsOf(path);
  if (methods.length === 0) throw notFound();
  if (path !== rawPath && methods.includes(method)) {
    return redirect(relativePath(rawPath, path) + (rawQueryString === '' ? '' : `?${rawQueryString}`));
  }
  const allow = methods.join(', ');
  throw new Problem('method_not_allowed', `Method ${method} not allowed; allowed: ${allow}.`, { headers: { allow } });
}
