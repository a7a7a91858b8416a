/** What a plain HTTP request to the WebSocket port is told: where it is, and where the HTTP API is. */
import type { Caller } from './client-address';

export interface HttpAddress {
  /** Such as `http://localhost:9005`. */
  url: string;
  port: number;
  /** The server listens on all addresses of the machine, so that the caller's own name for it is as good. */
  isEverywhere: boolean;
}

/** @param publicUrl  of the API, where it is known better than by the call */
export function plainAnswer(caller: Caller, api: HttpAddress | undefined, publicUrl = '') {
  const message = 'This port serves WebSocket only.';
  if (!api) return { message };
  const name = caller.host.replace(/:\d+$/, '');
  const isKnownByName = api.isEverywhere && !caller.isProxied && /^(?:[\w.-]{1,253}|\[[\da-fA-F:.]+\])$/.test(name);
  const url = publicUrl || (isKnownByName ? `${new URL(api.url).protocol}//${name}:${api.port}` : api.url);
  return { message: `${message} The HTTP API is at ${url}`, http_api: url };
}
