/** Web pages: /docs, /console, their files, and the example client. */
import { createHash } from 'node:crypto';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Dependencies } from '../ports/dependencies';
import { docsPolicy, PAGE, socketSource } from './docs-page';
import type { HttpHandler } from './http-handler';
import { PAGE_FILES } from './page-files';
import { notFound, redirect } from './paths';

type PageDependencies = Pick<Dependencies, 'readAsset' | 'webSocketUrl'>;

/** Allows scripts, styles and calls from this server only, nothing inline. */
const CONSOLE_POLICY = [
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:",
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
].join('; ');

/** The placeholder for the server's address in the example. */
const EXAMPLE_ADDRESS = 'ws://localhost:9004';

/** For files that change only with a new version. */
export const KEPT = { 'cache-control': 'public, max-age=3600', 'x-content-type-options': 'nosniff' } as const;

/** For pages, which link to those files. */
const CHECKED = { 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

export function createPages({ readAsset, webSocketUrl }: PageDependencies) {
  const read = new Map<string, Promise<Buffer>>();
  const encoded = new Map<string, string>();

  /** Cached, so that repeated requests cost no more than their response. */
  function readOnce(source: string): Promise<Buffer> {
    const known = read.get(source) ?? readAsset(source);
    read.set(source, known);
    known.catch(() => read.delete(source)); // do not cache failures
    return known;
  }

  async function file(path: string): Promise<APIGatewayProxyStructuredResultV2> {
    const { source, type } = PAGE_FILES.get(path) ?? {};
    if (source === undefined || type === undefined) throw notFound();
    const body = encoded.get(source) ?? (await readOnce(source)).toString('base64');
    encoded.set(source, body);
    return { statusCode: 200, headers: { 'content-type': type, ...KEPT }, body, isBase64Encoded: true };
  }

  /** The example client, with this server's address filled in. */
  async function example(address: string): Promise<APIGatewayProxyStructuredResultV2> {
    const text = (await readOnce('examples/browser.html')).toString();
    const page = text.replace(`value="${EXAMPLE_ADDRESS}"`, () => `value="${escapeHtml(address)}"`);
    return html(page, examplePolicy(page, address));
  }

  const docs: HttpHandler = async (event) =>
    // The page's links are relative and would break after a trailing slash.
    event.rawPath.endsWith('/') ? redirect('../docs') : html(PAGE, docsPolicy(webSocketUrl(event)));

  return {
    docs,

    docsAsset: (async (event) => {
      const { asset = '' } = event.pathParameters ?? {};
      if (asset === '') return redirect('../docs');
      return asset === 'browser.html' ? example(webSocketUrl(event)) : file(`docs/${asset}`);
    }) satisfies HttpHandler,

    console: (async ({ rawPath }) => {
      if (rawPath.endsWith('/')) return redirect('../console');
      return html((await readOnce('console/index.html')).toString(), CONSOLE_POLICY);
    }) satisfies HttpHandler,

    consoleAsset: (async ({ pathParameters }) => {
      const { asset = '' } = pathParameters ?? {};
      return asset === '' ? redirect('../console') : file(`console/${asset}`);
    }) satisfies HttpHandler,
  };
}

/** The example is a single file: only its own script and styles are allowed, by their hashes. It only connects to this server. */
function examplePolicy(page: string, address: string): string {
  return [
    `default-src 'none'; script-src ${hashOf('script', page)}; style-src ${hashOf('style', page)}`,
    `connect-src ${socketSource(address)}; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  ].join('; ');
}

/** The CSP source for the content of the page's one element with this name. */
function hashOf(element: 'script' | 'style', page: string): string {
  const [, content = ''] = new RegExp(`<${element}>(.*?)</${element}>`, 's').exec(page) ?? [];
  return `'sha256-${createHash('sha256').update(content).digest('base64')}'`;
}

function html(body: string, policy: string): APIGatewayProxyStructuredResultV2 {
  return {
    statusCode: 200,
    headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': policy, ...CHECKED },
    body,
  };
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
