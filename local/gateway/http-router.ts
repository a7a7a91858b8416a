/** Selects the route of an HTTP API for a request: by the path with its `{parameters}`, else `$default`. */

export interface RouteMatch {
  routeKey: string;
  pathParameters: Record<string, string>;
}

export type Router = (method: string, path: string) => RouteMatch | undefined;

/**
 * @param routeKeys  such as `GET /pets/{pet_id}`, or `GET /pets/{proxy+}` for a path of any length. Literal parts win over parameters, and
 *   parameters over `{proxy+}`, as on the platform
 */
export function createRouter(routeKeys: readonly string[]): Router {
  const templates = routeKeys
    .filter((routeKey) => routeKey !== '$default')
    .map((routeKey) => {
      const [method = '', path = ''] = routeKey.split(' ');
      return { routeKey, method, parts: path.split('/') };
    })
    .sort((one, other) => rank(one.parts) - rank(other.parts));
  const hasDefault = routeKeys.includes('$default');

  return function route(method, path) {
    const given = path.split('/');
    for (const { routeKey, method: wanted, parts } of templates) {
      if (wanted !== method && wanted !== 'ANY') continue;
      const pathParameters = match(parts, given);
      if (pathParameters) return { routeKey, pathParameters };
    }
    return hasDefault ? { routeKey: '$default', pathParameters: {} } : undefined;
  };
}

/** Templates with lower values are tried first. */
function rank(parts: string[]): number {
  return parts.filter((part) => part.startsWith('{')).length + (isGreedy(parts) ? 1_000 - parts.length : 0);
}

function isGreedy(parts: string[]): boolean {
  return parts.at(-1)?.endsWith('+}') === true;
}

function match(parts: string[], given: string[]): Record<string, string> | undefined {
  if (isGreedy(parts) ? parts.length > given.length : parts.length !== given.length) return undefined;
  const parameters: [string, string][] = [];
  for (const [index, part] of parts.entries()) {
    const value = given[index] as string;
    if (part.endsWith('+}')) {
      const rest = given.slice(index).join('/');
      if (rest === '') return undefined;
      parameters.push([part.slice(1, -2), decode(rest)]);
    } else if (part.startsWith('{') && value !== '') parameters.push([part.slice(1, -1), decode(value)]);
    else if (part !== value) return undefined;
  }
  return Object.fromEntries(parameters);
}

/** A path with invalid percent-encoding is used unchanged. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
