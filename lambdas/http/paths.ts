/** Path normalization, the methods of a path, and answers for paths that redirect or do not exist. */
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import { Problem } from '../protocol/problems';
import { httpRoutes } from '../routes';

/** Normalizes a path: removes a trailing slash, and decodes letters, digits, `-`, `.`, `_` and `~` (RFC 3986, section 6.2.2). */
export function usualPath(path: string): string {
  const decoded = path.replace(/%([\da-f]{2})/gi, (encoded, digits: string) => {
    const character = String.fromCharCode(Number.parseInt(digits, 16));
    return /[\w.~-]/.test(character) ? character : encoded;
  });
  return /[^/]\/$/.test(decoded) ? decoded.slice(0, -1) : decoded;
}

/** Methods of a path, `OPTIONS` last; empty for an unknown path. */
export function methodsOf(path: string): string[] {
  const own = httpRoutes
    .map(({ routeKey }) => routeKey.split(' '))
    .filter(([method, template]) => method !== 'OPTIONS' && template !== undefined && matches(template, path))
    .map(([method]) => method as string);
  return own.length === 0 ? [] : [...own, 'OPTIONS'];
}

function matches(template: string, path: string): boolean {
  const [wanted, given] = [template.split('/'), path.split('/')];
  if (wanted.length !== given.length) return false;
  return wanted.every((part, index) => (part.startsWith('{') ? given[index] !== '' : part === given[index]));
}

/**
 * A relative reference from one path to another. Relative, because a proxy may have removed a prefix from both.
 * @param to  starts with a slash
 */
export function relativePath(from: string, to: string): string {
  const depth = from.split('/').length - 2;
  return (depth === 0 ? './' : '../'.repeat(depth)) + to.slice(1);
}

/** Keeps method and body. @param location  relative */
export function redirect(location: string): APIGatewayProxyStructuredResultV2 {
  return { statusCode: 308, headers: { location, 'cache-control': 'no-store' } };
}

export function notFound(): Problem {
  return new Problem('not_found', 'Unknown path; /docs lists all calls.');
}
