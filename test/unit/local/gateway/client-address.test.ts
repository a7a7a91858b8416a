/** Which address a request is attributed to, whatever its headers say. */
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import fc from 'fast-check';
import { createCallerReader, isProxyRange } from '../../../../local/gateway/client-address';

const read = (trusted: string[], peer: string | undefined, headers: IncomingHttpHeaders = {}) =>
  createCallerReader(trusted)({
    socket: { remoteAddress: peer, localPort: 9004 },
    headers: { host: 'inner:9004', ...headers },
  } as IncomingMessage);

const addressOf = (trusted: string[], peer: string, headers: IncomingHttpHeaders) =>
  read(trusted, peer, headers).address;

describe('the address of a client', () => {
  it.each<[what: string, trusted: string[], peer: string, headers: IncomingHttpHeaders, address: string]>([
    ['nobody is trusted', [], '127.0.0.1', { 'x-forwarded-for': '192.0.2.7' }, '127.0.0.1'],
    ['another address is trusted', ['10.0.0.0/8'], '127.0.0.1', { 'x-forwarded-for': '192.0.2.7' }, '127.0.0.1'],
    ['a proxy is trusted', ['loopback'], '127.0.0.1', { 'x-forwarded-for': '192.0.2.7' }, '192.0.2.7'],
    ['a proxy is trusted by its IPv6 address', ['loopback'], '::1', { 'x-forwarded-for': '192.0.2.7' }, '192.0.2.7'],
    [
      'the proxy has an IPv4 address in IPv6 notation',
      ['loopback'],
      '::ffff:127.0.0.1',
      { 'x-forwarded-for': '192.0.2.7' },
      '192.0.2.7',
    ],
    [
      'a client forges the header',
      ['loopback'],
      '127.0.0.1',
      { 'x-forwarded-for': '203.0.113.9, 192.0.2.7' },
      '192.0.2.7',
    ],
    [
      'there are two proxies',
      ['loopback', '10.0.0.1'],
      '127.0.0.1',
      { 'x-forwarded-for': '192.0.2.7, 10.0.0.1' },
      '192.0.2.7',
    ],
    ['there are only proxies', ['loopback', '10.0.0.0/8'], '127.0.0.1', { 'x-forwarded-for': '10.0.0.2' }, '10.0.0.2'],
    ['it has a port', ['loopback'], '127.0.0.1', { 'x-forwarded-for': '192.0.2.7:4711' }, '192.0.2.7'],
    ['it is in brackets', ['loopback'], '127.0.0.1', { 'x-forwarded-for': '[2001:db8::1]:4711' }, '2001:db8::1'],
    ['it is not an address', ['loopback'], '127.0.0.1', { 'x-forwarded-for': 'unknown' }, '127.0.0.1'],
    [
      'the entry before a proxy is not an address',
      ['loopback', '10.0.0.1'],
      '127.0.0.1',
      { 'x-forwarded-for': '192.0.2.7, _x, 10.0.0.1' },
      '10.0.0.1',
    ],
    [
      'Forwarded has it',
      ['loopback'],
      '127.0.0.1',
      { forwarded: 'For="[2001:db8::1]:4711";proto=https' },
      '2001:db8::1',
    ],
    [
      'Forwarded may come from the client',
      ['loopback'],
      '127.0.0.1',
      { forwarded: 'for=203.0.113.9', 'x-forwarded-for': '192.0.2.7' },
      '192.0.2.7',
    ],
    ['the proxy says nothing', ['loopback'], '127.0.0.1', {}, '127.0.0.1'],
    ['a range is an IPv6 range', ['2001:db8::/32'], '2001:db8::5', { 'x-forwarded-for': '192.0.2.7' }, '192.0.2.7'],
  ])('is determined if %s', (_, trusted, peer, headers, address) => {
    expect(addressOf(trusted, peer, headers)).toBe(address);
  });

  it('is always a valid address, whatever a proxy sends', () => {
    const header = fc.oneof(
      fc.string(),
      fc.array(fc.oneof(fc.ipV4(), fc.ipV6(), fc.string())).map((all) => all.join(',')),
    );
    fc.assert(
      fc.property(header, fc.constantFrom('x-forwarded-for', 'forwarded'), (text, name) => {
        const { address, host, prefix } = read(['loopback'], '127.0.0.1', { [name]: text, 'x-forwarded-host': text });
        expect(address).toMatch(/^[\da-f.:]+(%.*)?$/i);
        expect(`${host}${prefix}`).toMatch(/^[\w.:[\]-]+$/);
      }),
      { numRuns: 500 },
    );
  });

  it('is empty if the socket is closed', () => {
    expect(read(['loopback'], undefined)).toMatchObject({ address: '', isProxied: false });
  });
});

describe('the address of the server', () => {
  it('is the proxy’s, with the default port of the protocol if it names none', () => {
    const headers = {
      'x-forwarded-host': 'gw.example.com',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/gw/',
    };
    expect(read(['loopback'], '127.0.0.1', headers)).toMatchObject({
      ...{ protocol: 'https', host: 'gw.example.com', port: '443', prefix: '/gw', isProxied: true },
    });
  });

  it.each(['/', '//evil.example', '/a/../b?', '/a b', 'no-slash', '/a"', '/<'])('has no prefix %j', (prefix) => {
    expect(read(['loopback'], '127.0.0.1', { 'x-forwarded-prefix': prefix }).prefix).toBe('');
  });

  it('is that of its own port without a trusted proxy', () => {
    const headers = {
      'x-forwarded-host': 'evil.example.com',
      'x-forwarded-proto': 'https',
      'x-forwarded-prefix': '/evil',
    };
    expect(read([], '192.0.2.7', headers)).toEqual({
      ...{ address: '192.0.2.7', protocol: 'http', host: 'inner:9004', port: '9004', prefix: '', isProxied: false },
    });
  });
});

it.each([
  ['loopback', true],
  ['10.0.0.0/8', true],
  ['192.0.2.7', true],
  ['2001:db8::/32', true],
  ['::1', true],
  ['10.0.0.0/33', false],
  ['10.0.0.0/8/8', false],
  ['10.0.0', false],
  ['proxy.example.com', false],
  ['', false],
  ['*', false],
  ['10.0.0.0/', false],
  ['::1/129', false],
])('reads %j as a range of proxies: %s', (text, expected) => {
  expect(isProxyRange(text)).toBe(expected);
});
