/** Which web pages may call this server, by its settings. */
import type { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import { createCallerReader } from './gateway/client-address';
import { hostName, isForeignPage, isUnlistedPage } from './origin';
import { publicHosts } from './public-urls';
import type { Settings } from './settings';

/**
 * True for a request that a foreign page may have sent. With `ORIGINS`, pages of all other origins are foreign; without it only pages that
 * call from a browser on this machine. Origins that are listed as readers of the API's answers are not foreign.
 */
export function createPageCheck(settings: Settings): (request: IncomingMessage) => boolean {
  const allowed = [...settings.ORIGINS, ...settings.CORS_ORIGINS.filter((origin) => origin !== '*')];
  const hosts = [...publicHosts(settings), settings.WS_HOST, hostname(), `${hostname()}.local`];
  const readCaller = createCallerReader(settings.TRUSTED_PROXIES);
  const isLimited = settings.ORIGINS.length > 0;

  return (request) => {
    const { socket, headers } = request;
    const page = { remoteAddress: socket.remoteAddress, localPort: socket.localPort, headers };
    if (isForeignPage(page, allowed, hosts)) return true;
    if (!isLimited || headers.origin === undefined) return false;
    const { host, isProxied } = readCaller(request);
    return isUnlistedPage(page, allowed, isProxied ? [...hosts, hostName(host)] : hosts);
  };
}
