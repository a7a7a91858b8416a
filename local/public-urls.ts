/** The public URLs of this server: from settings, else from the current request. */
import type { AddressedCall } from '../lambdas/ports/dependencies';
import type { Settings } from './settings';

export interface PublicUrls {
  webSocketUrl(call: AddressedCall): string;
  httpUrl(call: AddressedCall): string;
}

/** Local URLs of the ports; known once they are open. */
export interface LocalUrls {
  webSocketUrl: string;
  httpUrl: string;
}

export function createPublicUrls(
  { PUBLIC_WS_URL, PUBLIC_API_URL }: Pick<Settings, 'PUBLIC_WS_URL' | 'PUBLIC_API_URL'>,
  localUrls: () => LocalUrls,
): PublicUrls {
  return {
    /** Behind a proxy both ports are assumed to share one address: the proxy routes handshakes to one port and all other requests to the other. */
    webSocketUrl(call) {
      if (PUBLIC_WS_URL !== '') return PUBLIC_WS_URL;
      const { protocol, host, prefix, isProxied } = addressOf(call, localUrls().httpUrl);
      // The slash matters: a proxy may redirect a path without it, and WebSocket clients do not follow redirects.
      if (isProxied) return `${protocol === 'https' ? 'wss' : 'ws'}://${host}${prefix === '' ? '' : `${prefix}/`}`;
      const { webSocketUrl } = localUrls();
      return HOST.test(host)
        ? `${new URL(webSocketUrl).protocol}//${host.replace(/:\d+$/, '')}:${portOf(webSocketUrl)}`
        : webSocketUrl;
    },
    httpUrl(call) {
      if (PUBLIC_API_URL !== '') return PUBLIC_API_URL;
      const { protocol, host, prefix } = addressOf(call, localUrls().httpUrl);
      return HOST.test(host) ? `${protocol}://${host}${prefix}` : localUrls().httpUrl;
    },
  };
}

/** Host names of this server that the settings name. */
export function publicHosts({ PUBLIC_WS_URL, PUBLIC_API_URL }: Pick<Settings, 'PUBLIC_WS_URL' | 'PUBLIC_API_URL'>) {
  return [PUBLIC_WS_URL, PUBLIC_API_URL].filter((url) => url !== '').map((url) => new URL(url).hostname);
}

const HOST = /^(?:[\w.-]+|\[[\da-f:.]+\])(?::\d{1,5})?$/i;

/** The gateway passes on these headers only from a trusted proxy. */
function addressOf({ headers, requestContext }: AddressedCall, localUrl: string) {
  const isSecure = (headers['x-forwarded-proto'] ?? localUrl).startsWith('https');
  return {
    protocol: isSecure ? 'https' : 'http',
    host: requestContext.domainName,
    prefix: headers['x-forwarded-prefix'] ?? '',
    isProxied: headers['x-forwarded-host'] !== undefined,
  };
}

function portOf(url: string): string {
  const { port, protocol } = new URL(url);
  return port || (protocol === 'wss:' ? '443' : '80');
}
