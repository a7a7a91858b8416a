/** The answer to a plain HTTP request on the WebSocket port: it explains the port, and names the URL of the HTTP API. */
import type { Caller } from './client-address';

export interface HttpAddress {
  /** Such as `http://localhost:9005`. */
  url: string;
  port: number;
  /** True if the server listens on all addresses, so that the caller's host name works too. */
  isEverywhere: boolean;
}

/** @param publicUrl  of the API, if it is configured */
export function plainAnswer(caller: Caller, api: HttpAddress | undefined, publicUrl = '') {
  const message = 'This port serves WebSocket only.';
  if (!api) return { message };
  const name = caller.host.replace(/:\d+$/, '');
  const isKnownByName = api.isEverywhere && !caller.isProxied && /^(?:[\w.-]{1,253}|\[[\da-fA-F:.]+\])$/.test(name);
  const url = publicUrl || (isKnownByName ? `${new URL(api.url).protocol}//${name}:${api.port}` : api.url);
  return { message: `${message} The HTTP API is at ${url}`, http_api: url };
}
