import { isForeignPage, isUnlistedPage } from '../../../local/origin';

const PORT = 9004;
const HERE = { host: `localhost:${PORT}` };

function isForeign(headers: Record<string, string>, { allowed = [] as string[], remoteAddress = '127.0.0.1' } = {}) {
  return isForeignPage({ remoteAddress, localPort: PORT, headers }, allowed, ['gateway.example.com', 'laptop']);
}

describe('from loopback', () => {
  it.each<[what: string, headers: Record<string, string>]>([
    ['a page of another site', { ...HERE, origin: 'https://evil.example' }],
    ['a page whose origin begins like loopback', { ...HERE, origin: 'http://localhost.evil.example' }],
    ['a page whose origin ends like loopback', { ...HERE, origin: 'http://evil-localhost' }],
    ['a page in a sandboxed frame, or a file', { ...HERE, origin: 'null' }],
    ['a page that hides its host behind a user name', { ...HERE, origin: 'http://localhost@evil.example' }],
    ['a page with another scheme', { ...HERE, origin: 'chrome-extension://localhost' }],
    ['a page by another address', { ...HERE, origin: 'http://203.0.113.7:9004' }],
    ['a page that has rebound its name', { host: `evil.example:${PORT}`, origin: `http://evil.example:${PORT}` }],
    ['the same without an origin, as in a GET', { host: `evil.example:${PORT}` }],
    ['the same with a proxy’s header that it set', { host: `evil.example:${PORT}`, 'x-forwarded-for': '192.0.2.1' }],
  ])('%s is refused', (_, headers) => {
    expect(isForeign(headers)).toBe(true);
  });

  it.each<[what: string, headers: Record<string, string>]>([
    ['a program', HERE],
    ['a program by address', { host: `127.0.0.1:${PORT}` }],
    ['a program by IPv6 address', { host: `[::1]:${PORT}` }],
    ['a program in a container', { host: `host.docker.internal:${PORT}` }],
    ['a program by the name of this machine', { host: `laptop:${PORT}` }],
    ['a program that uses HTTP/1.0', {}],
    ['a page of this machine', { ...HERE, origin: 'http://localhost:3000' }],
    ['a page by address', { ...HERE, origin: 'http://127.0.0.1:5173' }],
    ['a page by IPv6 address', { ...HERE, origin: 'https://[::1]:5173' }],
    ['a page of a name below localhost', { ...HERE, origin: 'http://app.localhost:3000' }],
    ['a page of the server itself, by an address', { host: '192.0.2.4:9004', origin: 'http://192.0.2.4:9004' }],
    ['a page of the public name', { host: 'gateway.example.com', origin: 'https://gateway.example.com' }],
    ['a page through a proxy', { host: 'app.example', origin: 'https://app.example', 'x-forwarded-for': '192.0.2.1' }],
    ['the same if the proxy sets its own Host', { ...HERE, origin: 'https://app.example', forwarded: 'for=192.0.2.1' }],
  ])('%s is allowed', (_, headers) => {
    expect(isForeign(headers)).toBe(false);
  });
});

describe.each([80, 443])('on port %d, which browsers leave out of Host', (localPort) => {
  const isForeignHere = (headers: Record<string, string>) =>
    isForeignPage({ remoteAddress: '127.0.0.1', localPort, headers }, [], ['gateway.example.com']);

  it.each(['evil.example', `evil.example:${localPort}`])(
    'a page that has rebound its name to %s is refused, even with a proxy’s header',
    (host) => {
      expect(isForeignHere({ host })).toBe(true);
      expect(isForeignHere({ host, 'x-forwarded-for': '192.0.2.1' })).toBe(true);
    },
  );

  it('a page through a proxy is allowed, by a public name or on another port', () => {
    expect(isForeignHere({ host: 'gateway.example.com', 'x-forwarded-for': '192.0.2.1' })).toBe(false);
    expect(isForeignHere({ host: 'app.example:8443', 'x-forwarded-for': '192.0.2.1' })).toBe(false);
  });
});

it('a page of an allowed origin is allowed, and every page if all origins are', () => {
  const headers = { ...HERE, origin: 'https://app.example.com' };
  expect(isForeign(headers, { allowed: ['https://app.example.com'] })).toBe(false);
  expect(isForeign(headers, { allowed: ['https://other.example.com'] })).toBe(true);
  expect(isForeign({ ...HERE, origin: 'null' }, { allowed: ['*'] })).toBe(false);
});

it.each(['::1', '::ffff:127.0.0.1', '127.8.9.1'])('%s counts as loopback', (remoteAddress) => {
  expect(isForeign({ ...HERE, origin: 'https://evil.example' }, { remoteAddress })).toBe(true);
});

it.each(['192.0.2.4', '::ffff:192.0.2.4', '2001:db8::1'])(
  'requests from %s are always allowed: restricting them is up to a firewall',
  (remoteAddress) => {
    expect(isForeign({ host: 'evil.example:9004', origin: 'https://evil.example' }, { remoteAddress })).toBe(false);
  },
);

describe('with a list of origins, from another machine', () => {
  const isUnlisted = (headers: Record<string, string>) =>
    isUnlistedPage({ remoteAddress: '192.0.2.9', headers }, ['https://app.example.com'], ['gateway.example.com']);

  it.each<[what: string, headers: Record<string, string>, refused: boolean]>([
    ['a program', {}, false],
    ['a listed page', { origin: 'https://APP.example.com' }, false],
    ['a page of the server by its public name', { origin: 'https://gateway.example.com' }, false],
    ['a page of the server by address', { host: '192.0.2.4:9004', origin: 'http://192.0.2.4:9005' }, false],
    ['the same by IPv6 address', { host: '[2001:db8::4]:9004', origin: 'http://[2001:db8::4]:9005' }, false],
    ['a page by another address', { host: '192.0.2.4:9004', origin: 'http://192.0.2.5' }, true],
    ['another page', { host: '192.0.2.4:9004', origin: 'https://evil.example' }, true],
    ['a page that has rebound its name', { host: 'evil.example:9004', origin: 'http://evil.example:9004' }, true],
    ['a sandboxed frame', { origin: 'null' }, true],
    ['a sandboxed frame of a request without a host', { host: '', origin: 'null' }, true],
  ])('%s', (_, headers, refused) => {
    expect(isUnlisted(headers)).toBe(refused);
  });
});
