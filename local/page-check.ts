/** Which web pages may call this server, by its settings. */
import type { IncomingMessage } from 'node:http';
import { hostname } from 'node:os';
import { isForeignPage } from './origin';
import { publicHosts } from './public-urls';
import type { Settings } from './settings';

/** True for a request that a foreign page may have sent. Origins that are listed as readers of the API's answers are not foreign. */
export function createPageCheck(settings: Settings): (request: IncomingMessage) => boolean {
  const allowed = [...settings.ORIGINS, ...settings.CORS_ORIGINS.filter((origin) => origin !== '*')];
  const hosts = [...publicHosts(settings), settings.WS_HOST, hostname(), `${hostname()}.local`];
  return ({ socket: { remoteAddress, localPort }, headers }) =>
    isForeignPage({ remoteAddress, localPort, headers }, allowed, hosts);
}
