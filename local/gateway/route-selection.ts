/** Selects the route of a WebSocket API for a message: by the value of the selection expression, else `$default`. */

export type RouteSelector = (body: string) => string | undefined;

/**
 * @param expression  such as `$request.body.action` or `${request.body.service}/${request.body.action}`
 * @param routeKeys   of all routes; a message never selects $connect or $disconnect
 * @returns a route key, or undefined if no route matches and there is no `$default`
 * @throws Error if the expression uses anything but fields of the body
 */
export function createRouteSelector(expression: string, routeKeys: Iterable<string>): RouteSelector {
  const keys = new Set(routeKeys);
  const fallback = keys.has('$default') ? '$default' : undefined;
  for (const own of ['$connect', '$disconnect', '$default']) keys.delete(own);
  const evaluate = compile(expression);
  if (keys.size === 0) return () => fallback;

  return (body) => {
    const key = evaluate(parse(body));
    return keys.has(key) ? key : fallback;
  };
}

/** Either a single path after `$`, or several paths in `${…}` with text between them. */
function compile(expression: string): (body: unknown) => string {
  const whole = expression.match(/^\$(request\.body(?:\.\w+)+)$/);
  if (whole) return pathReader(whole[1] as string);
  const parts = expression.split(/\$\{(request\.body(?:\.\w+)+)\}/);
  if (parts.length === 1 || parts.some((part, index) => index % 2 === 0 && part.includes('$'))) {
    throw new Error(`"${expression}" is not a route selection expression; expected one such as $request.body.action`);
  }
  const readers = parts.map((part, index) => (index % 2 === 0 ? () => part : pathReader(part)));
  return (body) => readers.map((read) => read(body)).join('');
}

/** Strings, numbers and booleans have a value; missing fields and objects give the empty string. */
function pathReader(path: string): (body: unknown) => string {
  const names = path.split('.').slice(2); // less "request.body"
  return (body) => {
    let value = body;
    for (const name of names) {
      if (typeof value !== 'object' || value === null || !Object.hasOwn(value, name)) return '';
      value = (value as Record<string, unknown>)[name];
    }
    return typeof value === 'object' || value === undefined ? '' : String(value);
  };
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    return undefined; // not JSON, so it has no fields and goes to $default
  }
}
