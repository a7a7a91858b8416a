/**
 * Protects a server from foreign web pages: any server with a list of origins, and a developer's server without one. A page in a browser on this machine can send requests to loopback, which no
 * firewall blocks: they carry the page's `Origin`. After DNS rebinding they carry the page's own name as `Host`.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { allowsOrigin } from '../lambdas/access/allowed-origins';

export interface PageRequest {
  remoteAddress: string | undefined;
  /** The port that the request came in on. */
  localPort?: number | undefined;
  headers: IncomingHttpHeaders;
}

/**
 * True for a request from loopback, not through a proxy, that a foreign page may have sent: refuse it with 403. Call it for every
 * request, including CORS preflights: only a failing preflight keeps a page from setting `X-Forwarded-For` itself.
 * @param allowed      origins, such as `https://app.example.com`; `*` allows all
 * @param publicHosts  host names of this server without a port, in addition to loopback's, such as `gateway.example.com`
 */
export function isForeignPage(
  { remoteAddress, localPort, headers }: PageRequest,
  allowed: readonly string[],
  publicHosts: readonly string[],
): boolean {
  if (allowed.includes('*') || !isLoopbackAddress(remoteAddress)) return false;
  const { name, port } = splitHost(headers.host);
  const isOwnName = name === '' || isIP(name) !== 0 || isLoopbackName(name) || isOneOf(name, publicHosts);
  // After DNS rebinding a page can set any header, but its Host has the port of this server, or none if it is the default of the scheme.
  const isOwnPort = port === undefined ? localPort === 80 || localPort === 443 : port === localPort;
  if (isProxied(headers) && (isOwnName || !isOwnPort)) return false;
  if (!isOwnName) return true;
  const { origin } = headers;
  if (origin === undefined || allowsOrigin(allowed, origin)) return false;
  const page = hostOfOrigin(origin);
  return !(page !== undefined && (page === name || isLoopbackName(page) || isOneOf(page, publicHosts)));
}

/**
 * True for a request of a web page whose origin is not listed, and that is not a page of this server. Unlike `isForeignPage` this is for
 * requests from anywhere, also through a proxy. `isForeignPage` decides about direct requests from loopback.
 * @param publicHosts  host names of this server without a port. The `Host` of a request counts only if it is an address: a page can have
 *   rebound its own name
 */
export function isUnlistedPage(
  { remoteAddress, headers }: PageRequest,
  allowed: readonly string[],
  publicHosts: readonly string[],
): boolean {
  const { origin } = headers;
  if (origin === undefined || allowsOrigin(allowed, origin)) return false;
  if (isLoopbackAddress(remoteAddress) && !isProxied(headers)) return false;
  const page = hostOfOrigin(origin) ?? '';
  const { name } = splitHost(headers.host);
  return !(isOneOf(page, publicHosts) || (isIP(page) !== 0 && page === name));
}

/** 127.0.0.0/8 and ::1, also as IPv6 writes the former. */
function isLoopbackAddress(address = ''): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

/** Names that nobody can register: `localhost`, and `.internal`, which containers use to reach their host. */
function isLoopbackName(name: string): boolean {
  return isLoopbackAddress(name) || /(^|\.)localhost$/.test(name) || /\.internal$/.test(name);
}

function isProxied(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) {
    if (name === 'forwarded' || name === 'via' || name === 'x-real-ip' || name.startsWith('x-forwarded-')) return true;
  }
  return false;
}

/** In lower case, IPv6 addresses without brackets; the port is undefined if it is the scheme's default. */
function splitHost(host = ''): { name: string; port: number | undefined } {
  const [, name = host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host) ?? [];
  return { name: bareName(name), port: port === undefined ? undefined : Number(port) };
}

/** Undefined for `null` (sandboxed frames and files), and for anything that is not a web origin. */
function hostOfOrigin(origin: string): string | undefined {
  const [, host] = /^https?:\/\/([^/@]+)$/i.exec(origin) ?? [];
  return host === undefined ? undefined : splitHost(host).name;
}

/** The name in a `Host` header, without its port. */
export function hostName(host: string): string {
  return splitHost(host).name;
}

function bareName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');
}

function isOneOf(value: string, known: readonly string[]): boolean {
  return known.some((one) => one.toLowerCase() === value.toLowerCase());
}
