/** Equivalent spellings of a path, its methods, and relative paths between two spellings. */
import { methodsOf, relativePath, usualPath } from '../../../lambdas/http/paths';

it.each([
  ['/', '/'],
  ['/status', '/status'],
  ['/status/', '/status'],
  ['/st%61tus', '/status'],
  ['/%7Euser%2D1%2e%5f', '/~user-1._'],
  ['/clients/%E4%BD%A0', '/clients/%E4%BD%A0'],
  ['/clients%2f7', '/clients%2f7'],
  ['/a%2561', '/a%2561'],
  ['/%', '/%'],
  ['/%6', '/%6'],
  ['//', '//'],
  ['/status//', '/status//'],
])('%s is normalized to %s', (path, usual) => {
  expect(usualPath(path)).toBe(usual);
});

it.each([
  ['/', ['GET', 'HEAD', 'OPTIONS']],
  ['/clients/7', ['GET', 'HEAD', 'DELETE', 'OPTIONS']],
  ['/tokens', ['POST', 'OPTIONS']],
  ['/docs/page.js', ['GET', 'HEAD', 'OPTIONS']],
  ['/nothing', []],
  ['/clients//messages', []],
])('%s has the methods %j', (path, methods) => {
  expect(methodsOf(path)).toEqual(methods);
});

it.each([
  ['/status/', '/status'],
  ['/st%61tus', '/status'],
  ['/clients/7/messages/', '/clients/7/messages'],
  ['/clients/7/mess%61ges', '/clients/7/messages'],
])('the relative path from %s leads to %s, even if a proxy has removed a prefix', (from, to) => {
  const relative = relativePath(from, to);
  for (const prefix of ['', '/gate/way']) {
    expect(new URL(relative, `http://example.com${prefix}${from}`).href).toBe(`http://example.com${prefix}${to}`);
  }
});
