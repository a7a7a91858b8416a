/** What makes a page's Content-Security-Policy strict. */

/** Paths of the pages that have one. */
export const PAGES = ['/console', '/docs', '/docs/browser.html'];

/** Fetch directives fall back to `default-src`; these do not, so each page must have them. */
const CLOSED = ['default-src', 'base-uri', 'form-action', 'frame-ancestors'];

/**
 * @param socket  the WebSocket URL that the page may connect to
 * @returns each part of the policy that is not strict: inline code, eval, another host, or a missing directive
 */
export function looseParts(policy: string, socket: string): string[] {
  const directives = new Map(policy.split(/;\s*/).map((part) => [part.split(' ')[0] ?? '', part.split(' ').slice(1)]));
  const open = CLOSED.filter((name) => directives.get(name)?.join(' ') !== "'none'");
  const loose = [...directives].flatMap(([name, sources]) =>
    sources.filter((source) => !isStrict(name, source, socket)).map((source) => `${name} ${source}`),
  );
  return [...open, ...loose];
}

function isStrict(directive: string, source: string, socket: string): boolean {
  if (source === "'none'" || source === "'self'") return true;
  if (directive === 'img-src') return source === 'data:';
  if (directive === 'connect-src') return source === socket;
  return (directive === 'script-src' || directive === 'style-src') && /^'sha256-[\w+/]+={0,2}'$/.test(source);
}
