/** CORS as an HTTP API's own `corsConfiguration` does it: preflights never reach a handler. */
import type { IncomingHttpHeaders } from 'node:http';

export interface CorsConfiguration {
  /** Exact origins, `*` for all, or `https://*` and `http://*` for all of a scheme. */
  allowOrigins: readonly string[];
  allowMethods: readonly string[];
  allowHeaders: readonly string[];
  /** Seconds that a browser may keep a preflight's answer. */
  maxAge: number;
}

export function isPreflight(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return method === 'OPTIONS' && headers.origin !== undefined && headers['access-control-request-method'] !== undefined;
}

export function isCorsHeader(name: string): boolean {
  return /^access-control-/i.test(name);
}

/** The headers of every answer to a request with an `Origin`; none where the origin is not allowed. */
export function corsHeaders(
  { origin }: IncomingHttpHeaders,
  { allowOrigins }: CorsConfiguration,
): Record<string, string> {
  if (origin === undefined) return {};
  if (allowOrigins.includes('*')) return { 'access-control-allow-origin': '*' };
  const allowed = [origin, `${origin.split('//')[0]}//*`].some((known) => allowOrigins.includes(known));
  return allowed ? { 'access-control-allow-origin': origin, vary: 'origin' } : {};
}

export function preflightHeaders(headers: IncomingHttpHeaders, cors: CorsConfiguration): Record<string, string> {
  const allowed = corsHeaders(headers, cors);
  if (allowed['access-control-allow-origin'] === undefined) return {};
  return {
    ...allowed,
    'access-control-allow-methods': cors.allowMethods.join(','),
    'access-control-allow-headers': cors.allowHeaders.join(','),
    'access-control-max-age': String(cors.maxAge),
  };
}
