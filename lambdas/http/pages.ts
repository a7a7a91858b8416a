/** The pages for people: /docs, /console, their files, and the example client. */
import { createHash } from 'node:crypto';
import type { APIGatewayProxyStructuredResultV2 } from 'aws-lambda';
import type { Dependencies } from '../ports/dependencies';
import { docsPolicy, PAGE } from './docs-page';
import type { HttpHandler } from './http-handler';
import { PAGE_FILES } from './page-files';
import { notFound, redirect } from './paths';

type PageDependencies = Pick<Dependencies, 'readAsset' | 'webSocketUrl'>;

/** Scripts, styles and calls of this server alone, and none in the page itself. */
const CONSOLE_POLICY = [
  "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:",
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
].join('; ');

/** What the example has in the place of the server's address. */
const EXAMPLE_ADDRESS = 'ws://localhost:9004';

/** For files that change with a version alone. */
export const KEPT = { 'cache-control': 'public, max-age=3600', 'x-content-type-options': 'nosniff' } as const;

/** For pages, which name those files. */
const CHECKED = { 'cache-control': 'no-cache', 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer' };

export function createPages({ readAsset, webSocketUrl }: PageDependencies) {
  const read = new Map<string, Promise<Buffer>>();

  /** Kept, so that a stranger who asks for it again and again costs no more than its way out. */
  function readOnce(source: string): Promise<Buffer> {
    const known = read.get(source) ?? readAsset(source);
    read.set(source, known);
    known.catch(() => read.delete(source)); // a failure is not kept
    return known;
  }

  async function file(path: string): Promise<APIGatewayProxyStructuredResultV2> {
    const { source, type } = PAGE_FILES.get(path) ?? {};
    if (source === undefined || type === undefined) throw notFound();
    const body = (await readOnce(source)).toString('base64');
    return { statusCode: 200, headers: { 'content-type': type, ...KEPT }, body, isBase64Encoded: true };
  }

  /** With the address of this server, for whoever asks. */
  async function example(address: string): Promise<APIGatewayProxyStructuredResultV2> {
    const text = (await readOnce('examples/browser.html')).toString();
    const page = text.replace(`value="${EXAMPLE_ADDRESS}"`, () => `value="${escapeHtml(address)}"`);
    return html(page, examplePolicy(page));
  }

  const docs: HttpHandler = async (event) =>
    // Its links are relative, and lead elsewhere from a path with a slash at its end.
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

/** The example is one file, with its script in it: that script, and no other, may run. It connects to where people say. */
function examplePolicy(page: string): string {
  const [, script = ''] = /<script>(.*?)<\/script>/s.exec(page) ?? [];
  const hash = createHash('sha256').update(script).digest('base64');
  return `default-src 'none'; script-src 'sha256-${hash}'; style-src 'unsafe-inline'; img-src data:; connect-src ws: wss:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
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
