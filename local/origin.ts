/**
 * Keeps web pages of strangers away from a developer's own server. A page that is open in a browser of this machine can send requests to
 * loopback, where no firewall helps: they carry the page's `Origin`. After DNS rebinding they carry the page's own name as `Host`.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';

export interface PageRequest {
  remoteAddress: string | undefined;
  /** The port that the request came in on. */
  localPort?: number | undefined;
  headers: IncomingHttpHeaders;
}

/**
 * True for a request from loopback, not through a proxy, that a stranger's page may have sent: refuse it with 403. To be asked for every
 * request, CORS preflights included: a preflight is what keeps a page from setting `X-Forwarded-For` itself.
 * @param allowed      origins, such as `https://app.example.com`; `*` allows all
 * @param publicHosts  names without a port under which this server is reached, beside loopback's, such as `gateway.example.com`
 */
export function isForeignPage(
  { remoteAddress, localPort, headers }: PageRequest,
  allowed: readonly string[],
  publicHosts: readonly string[],
): boolean {
  if (allowed.includes('*') || !isLoopbackAddress(remoteAddress)) return false;
  const { name, port } = splitHost(headers.host);
  const isOwnName = name === '' || isIP(name) !== 0 || isLoopbackName(name) || isOneOf(name, publicHosts);
  // A page that has rebound its name sets any header that it likes, but its Host has the port of this server.
  if (isProxied(headers) && (isOwnName || port !== localPort)) return false;
  if (!isOwnName) return true;
  const { origin } = headers;
  if (origin === undefined || isOneOf(origin, allowed)) return false;
  const page = hostOfOrigin(origin);
  return !(page !== undefined && (page === name || isLoopbackName(page) || isOneOf(page, publicHosts)));
}

/** 127.0.0.0/8 and ::1, also as IPv6 writes the former. */
function isLoopbackAddress(address = ''): boolean {
  return address === '::1' || /^(::ffff:)?127\./.test(address);
}

/** Names that no stranger can own: `localhost`, and those of `.internal`, by which containers reach their host. */
function isLoopbackName(name: string): boolean {
  return isLoopbackAddress(name) || /(^|\.)localhost$/.test(name) || /\.internal$/.test(name);
}

function isProxied(headers: IncomingHttpHeaders): boolean {
  for (const name in headers) {
    if (name === 'forwarded' || name === 'via' || name === 'x-real-ip' || name.startsWith('x-forwarded-')) return true;
  }
  return false;
}

/** In lower case, IPv6 addresses without brackets; the port is undefined where it is the scheme's own. */
function splitHost(host = ''): { name: string; port: number | undefined } {
  const [, name = host, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(host) ?? [];
  return { name: bareName(name), port: port === undefined ? undefined : Number(port) };
}

/** Undefined for `null`, as sandboxed frames and files have it, and for what is no page of the web. */
function hostOfOrigin(origin: string): string | undefined {
  const [, host] = /^https?:\/\/([^/@]+)$/i.exec(origin) ?? [];
  return host === undefined ? undefined : splitHost(host).name;
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
