/** The client's address and the URL that it requested: from proxy headers, if the proxy is trusted. */
import type { IncomingMessage } from 'node:http';
import { BlockList, isIP } from 'node:net';
import type { TLSSocket } from 'node:tls';

/** A request as its client sees it. */
export interface Caller {
  /** Of the client, not of a proxy before this server. */
  address: string;
  protocol: 'http' | 'https';
  /** As in the client's URL: with a port unless it is the protocol's default. */
  host: string;
  /** The port of that URL. */
  port: string;
  /** The part of the path that a proxy removed, such as `/gateway`; empty where there is none. */
  prefix: string;
  /** True if the request came through a trusted proxy. */
  isProxied: boolean;
}

export type ReadCaller = (request: IncomingMessage) => Caller;

/** Means 127.0.0.0/8 and ::1 in a list of proxies. */
const LOOPBACK = 'loopback';

/** True for an address, a range such as `10.0.0.0/8`, or `loopback`. */
export function isProxyRange(text: string): boolean {
  if (text === LOOPBACK) return true;
  const [address = '', length, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0) return false;
  return length === undefined || (/^\d{1,3}$/.test(length) && Number(length) <= (family === 4 ? 32 : 128));
}

/** The peer address of the socket; IPv4-mapped addresses are written as IPv4. */
export function peerAddress({ socket }: IncomingMessage): string {
  return plainAddress(socket.remoteAddress ?? '');
}

/** @returns a function that is true for the address of one of these proxies */
export function createProxyCheck(trustedProxies: readonly string[]): (address: string) => boolean {
  if (trustedProxies.length === 0) return () => false;
  const trusted = blockListOf(trustedProxies);
  return (address) => isIP(address) !== 0 && trusted.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

/**
 * @param trustedProxies  each valid for `isProxyRange`. They must set or remove every header that is read here, because it is trusted;
 *   from other peers the headers are ignored
 */
export function createCallerReader(trustedProxies: readonly string[]): ReadCaller {
  const isTrusted = createProxyCheck(trustedProxies);

  return function readCaller(request) {
    const peer = peerAddress(request);
    const { host = 'localhost' } = request.headers;
    if (!isTrusted(peer)) {
      const port = String(request.socket.localPort ?? '');
      const protocol = (request.socket as Partial<TLSSocket>).encrypted ? 'https' : 'http';
      return { address: peer, protocol, host, port, prefix: '', isProxied: false };
    }
    const said = forwardedBy(request);
    const protocol = said.protocol?.toLowerCase() === 'https' ? 'https' : 'http';
    const publicHost = said.host !== undefined && HOST.test(said.host) ? said.host : host;
    const prefix = said.prefix !== undefined && PREFIX.test(said.prefix) ? said.prefix.replace(/\/$/, '') : '';
    const port = portOf(publicHost) ?? (protocol === 'https' ? '443' : '80');
    return {
      address: clientAmong(said.addresses, peer, isTrusted),
      protocol,
      host: publicHost,
      port,
      prefix,
      isProxied: true,
    };
  };
}

const HOST = /^(?:[\w.-]{1,253}|\[[\da-fA-F:.]+\])(?::\d{1,5})?$/;
const PREFIX = /^(?:\/[\w.~%-]{1,64}){1,8}\/?$/;

/** The last address that is not a trusted proxy: addresses before it can be forged. */
function clientAmong(addresses: readonly string[], peer: string, isTrusted: (address: string) => boolean): string {
  let client = peer;
  for (const text of [...addresses].reverse()) {
    const address = addressIn(text);
    if (address === undefined) break;
    client = address;
    if (!isTrusted(address)) break;
  }
  return client;
}

interface Forwarded {
  /** From the client to the last proxy but one. */
  addresses: readonly string[];
  protocol: string | undefined;
  host: string | undefined;
  prefix: string | undefined;
}

/** `Forwarded` (RFC 7239) counts only without X-Forwarded-For: few proxies support it, so it may come from the client. */
function forwardedBy({ headers }: IncomingMessage): Forwarded {
  const list = (name: string) => listIn(headers[name]);
  const prefix = list('x-forwarded-prefix')[0];
  const addresses = list('x-forwarded-for');
  if (addresses.length === 0 && headers.forwarded !== undefined) {
    const hops = list('forwarded').map(parametersOf);
    const [first] = hops;
    return {
      addresses: hops.map((hop) => hop.get('for') ?? ''),
      protocol: first?.get('proto'),
      host: first?.get('host'),
      prefix,
    };
  }
  return { addresses, protocol: list('x-forwarded-proto')[0], host: list('x-forwarded-host')[0], prefix };
}

function listIn(header: string | string[] | undefined): string[] {
  return header === undefined
    ? []
    : String(header)
        .split(',')
        .map((part) => part.trim());
}

/** `for="[2001:db8::1]:4711";proto=https` by name, in lower case, without quotes. */
function parametersOf(hop: string): Map<string, string> {
  return new Map(
    hop.split(';').map((pair) => {
      const [name = '', value = ''] = pair.split(/=(.*)/s);
      return [name.trim().toLowerCase(), value.trim().replace(/^"(.*)"$/, '$1')];
    }),
  );
}

/** An address, with or without a port. Undefined for `unknown` and the like. */
function addressIn(text: string): string | undefined {
  const [, bracketed] = /^\[(.+)\](?::\d+)?$/.exec(text) ?? [];
  const bare = bracketed ?? (/^[\d.]+:\d+$/.test(text) ? text.slice(0, text.indexOf(':')) : text);
  return isIP(bare) === 0 ? undefined : plainAddress(bare);
}

/** IPv4-mapped addresses are written as IPv4. */
export function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=\d+\.)/i, '');
}

function portOf(host: string): string | undefined {
  return /:(\d+)$/.exec(host)?.[1];
}

function blockListOf(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges.flatMap((text) => (text === LOOPBACK ? ['127.0.0.0/8', '::1'] : [text]))) {
    const [address = '', length] = range.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (length === undefined) list.addAddress(address, family);
    else list.addSubnet(address, Number(length), family);
  }
  return list;
}
