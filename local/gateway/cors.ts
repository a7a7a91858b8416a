/** CORS as defined by an HTTP API's `corsConfiguration`. */
import type { IncomingHttpHeaders } from 'node:http';

export interface CorsConfiguration {
  /** Exact origins, `*` for all, or `https://*` and `http://*` for all of a scheme. */
  allowOrigins: readonly string[];
  allowMethods: readonly string[];
  /** Header names, or `*` for any. */
  allowHeaders: readonly string[];
  /** Additional response headers that a page may read; none by default. */
  exposeHeaders?: readonly string[];
  /** Whether a page may send credentials; only for origins that are listed by name. False by default. */
  allowCredentials?: boolean;
  /** Seconds that a browser may cache the answer to a preflight. */
  maxAge: number;
}

export function isPreflight(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

export function isCorsHeader(name: string): boolean {
  return /^access-control-/i.test(name);
}

/** The CORS headers of an answer to a request with an `Origin`; none if the origin is not allowed. */
export function corsHeaders(headers: IncomingHttpHeaders, cors: CorsConfiguration): Record<string, string> {
  const allowed = originHeaders(headers, cors);
  const { exposeHeaders = [] } = cors;
  if (allowed === undefined || exposeHeaders.length === 0) return allowed ?? {};
  return { ...allowed, 'access-control-expose-headers': exposeHeaders.join(',') };
}

export function preflightHeaders(headers: IncomingHttpHeaders, cors: CorsConfiguration): Record<string, string> {
  const allowed = originHeaders(headers, cors);
  if (allowed === undefined) return {};
  const asked = headers['access-control-request-headers'];
  const allowHeaders = cors.allowHeaders.includes('*') && asked !== undefined ? asked : cors.allowHeaders.join(',');
  return {
    ...allowed,
    'access-control-allow-methods': cors.allowMethods.join(','),
    'access-control-allow-headers': allowHeaders,
    'access-control-max-age': String(cors.maxAge),
  };
}

/** Undefined if the origin is not allowed. */
function originHeaders(
  { origin }: IncomingHttpHeaders,
  { allowOrigins, allowCredentials = false }: CorsConfiguration,
): Record<string, string> | undefined {
  if (origin === undefined) return undefined;
  if (allowOrigins.includes('*')) return { 'access-control-allow-origin': '*' };
  const isAllowed = [origin, `${origin.split('//')[0]}//*`].some((known) => allowOrigins.includes(known));
  if (!isAllowed) return undefined;
  return {
    'access-control-allow-origin': origin,
    ...(allowCredentials && { 'access-control-allow-credentials': 'true' }),
    vary: 'origin',
  };
}
