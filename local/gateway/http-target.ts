/** The target of a request: path and query, in any of the forms that HTTP allows. */
import type { IncomingMessage } from 'node:http';

export interface HttpTarget {
  /** As it came, percent-encoded. */
  path: string;
  query: string;
  /** Only for a target in absolute form, where it overrides the `Host` header (RFC 9112, section 3.2.2). */
  host?: string;
}

/** `/path?query`, `http://host/path?query`, or the `*` of OPTIONS, which means the whole server. */
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
