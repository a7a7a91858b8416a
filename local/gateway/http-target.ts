/** Where a request goes: its path and query, in whichever form its client has written them. */
import type { IncomingMessage } from 'node:http';

export interface HttpTarget {
  /** As it came, percent-encoded. */
  path: string;
  query: string;
  /** Only of a target in absolute form, where it stands in for the `Host` header (RFC 9112, section 3.2.2). */
  host?: string;
}

/** `/path?query`, `http://host/path?query`, or the `*` of OPTIONS, which stands for the server as a whole. */
export function targetOf({ url = '/' }: IncomingMessage): HttpTarget {
  if (url === '*') return { path: '/', query: '' };
  const [, host, rest] = /^https?:\/\/(?:[^/?#@]*@)?([^/?#@]+)(.*)$/is.exec(url) ?? [];
  if (host === undefined || rest === undefined) return split(url);
  return { ...split(rest.startsWith('/') ? rest : `/${rest}`), host };
}

function split(url: string): HttpTarget {
  const at = url.indexOf('?');
  return at < 0 ? { path: url, query: '' } : { path: url.slice(0, at), query: url.slice(at + 1) };
}
